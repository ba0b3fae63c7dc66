import type { Grant, Grants } from '@causeway-aws/grants'
import { createHandler } from '@causeway-aws/handler'
import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import { expect, it } from 'vitest'
import { expire } from '../src/expire.ts'

it('is not loaded without its variable, and names it', async () => {
  const error: unknown = await import('../src/handler.ts').catch((reason: unknown) => reason)
  expect(String(error)).toContain('TABLE: ')
})

it('logs what was taken out of which grant, and what could not be, and counts both', async () => {
  const grant = (id: string) =>
    ({ id, name: 'orders', partner: '222222222222', until: '2026-01-01T00:00:00Z' }) as Grant
  const grants: Pick<Grants, 'revokeExpired'> = {
    async revokeExpired({ onRevoked, onFailed } = {}) {
      onRevoked?.({ grant: grant('0123456789abcdef'), done: ['Taken out of the policy of the queue orders.'] })
      onFailed?.({ grant: grant('fedcba9876543210'), error: new TypeError('no queue') })
      return { revoked: 1, failed: 1, left: 2 }
    },
  }
  const handler = createHandler({ name: 'grant-expiry' }, (_: unknown, invocation) => expire(grants, invocation))
  using log = captureLog()
  await handler({}, lambdaContext())
  const common = { name: 'orders', partner: '222222222222', until: '2026-01-01T00:00:00Z' }
  expect(log.lines).toEqual([
    expect.objectContaining({
      ...common,
      level: 'INFO',
      message: 'grant revoked',
      grant: '0123456789abcdef',
      done: ['Taken out of the policy of the queue orders.'],
    }),
    expect.objectContaining({
      ...common,
      level: 'ERROR',
      message: 'grant not revoked',
      grant: 'fedcba9876543210',
      reason: 'TypeError: no queue',
    }),
    expect.objectContaining({ message: 'expiry done', revoked: 1, failed: 1, left: 2 }),
    expect.objectContaining({ GrantsRevoked: 1, GrantsNotRevoked: 1 }),
  ])
})
