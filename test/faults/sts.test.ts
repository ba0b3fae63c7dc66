import { STSClient } from '@aws-sdk/client-sts'
import { AssumeRoleFailed, assumedRole, refreshing, type Warning } from '@causeway-aws/auth'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { deployTestStacks, externalIds } from '../stacks.ts'
import { answerLost, badGateway, hang, internalError, reset, throttling, unavailable } from './faults.ts'
import { startFaultProxy } from './proxy.ts'
import { assume, whoIs } from './session.ts'

const sandbox = testSandbox()
const options = clientOptions(await sandbox.credentials('partner'))
const externalId = externalIds[0]
let roleArn: string

beforeAll(async () => {
  roleArn = (await deployTestStacks(sandbox)).invoices.SenderRoleArn ?? ''
})

/** A client that asks once, and waits for at most half a second. */
function stsAt(endpoint: string): STSClient {
  const requestHandler = { requestTimeout: 500, throwOnRequestTimeout: true }
  return new STSClient({ ...options, endpoint, maxAttempts: 1, requestHandler })
}

const callers = <Result>(call: () => Promise<Result>) => Array.from({ length: 500 }, call)

describe.concurrent('an assumed role', () => {
  it('is assumed once for 500 concurrent callers', async () => {
    await using proxy = await startFaultProxy(options.endpoint)
    const provider = assumedRole({ roleArn, externalId, sts: stsAt(proxy.endpoint) })
    const all = await Promise.all(callers(provider))
    expect(proxy.calls('AssumeRole')).toBe(1)
    expect(new Set(all.map(({ sessionToken }) => sessionToken)).size).toBe(1)
    expect(await whoIs(provider, options)).toMatch(/:assumed-role\/causeway-invoices-sender\/causeway$/)
  })

  it('is assumed once for 500 clients that each make a provider of their own', async () => {
    await using proxy = await startFaultProxy(options.endpoint)
    const sts = stsAt(proxy.endpoint)
    await Promise.all(callers(() => assumedRole({ roleArn, externalId, sts })()))
    expect(proxy.calls('AssumeRole')).toBe(1)
  })

  it.each([unavailable, internalError, throttling, badGateway, reset, answerLost, hang])(
    'fails 500 callers with one call, as something that may pass, and then goes on with one more: $name',
    async (fault) => {
      await using proxy = await startFaultProxy(options.endpoint)
      const provider = assumedRole({ roleArn, externalId, sts: stsAt(proxy.endpoint) })
      proxy.inject = () => fault
      const all = await Promise.allSettled(callers(provider))
      expect(proxy.calls('AssumeRole')).toBe(1)
      const reasons = new Set(all.map((outcome) => outcome.status === 'rejected' && outcome.reason))
      expect([...reasons]).toEqual([expect.any(AssumeRoleFailed)])
      expect([...reasons][0]).toMatchObject({ code: 'AssumeRoleFailed', retryable: true, roleArn })

      proxy.inject = () => undefined
      // The failure answers for another second.
      await vi.waitFor(provider, { timeout: 5_000 })
      await Promise.all(callers(provider))
      expect(proxy.calls('AssumeRole')).toBe(2)
    },
  )
})

describe.concurrent('a session that has to be renewed', () => {
  /** Sessions of 900 s by a clock that stands still until a test sets it forward, by seconds. */
  function sessionsFrom(sts: STSClient) {
    const state = { ahead: 0, warnings: [] as Warning[] }
    // STS's clock stays where it is.
    const provider = () => assume(sts, { roleArn, externalId }, 900 + state.ahead)
    const started = Date.now()
    const clock = { now: () => started + state.ahead * 1_000, monotonic: () => state.ahead * 1_000 }
    const onWarning = (warning: Warning) => state.warnings.push(warning)
    return Object.assign(state, { credentials: refreshing(provider, { clock, jitter: 0, random: () => 0, onWarning }) })
  }

  it('is served while it is good, though STS fails; it is asked for again with backoff, and never served after its end', async () => {
    await using proxy = await startFaultProxy(options.endpoint)
    const session = sessionsFrom(stsAt(proxy.endpoint))
    const first = await session.credentials()
    proxy.inject = () => unavailable
    const triedAt: number[] = []
    for (session.ahead = 730; session.ahead < 895; session.ahead += 1) {
      const before = proxy.calls('AssumeRole')
      expect(await session.credentials()).toBe(first)
      if (proxy.calls('AssumeRole') > before) triedAt.push(session.ahead - 730)
    }
    expect(triedAt.map((at, index) => at - (triedAt[index - 1] ?? 0))).toEqual([0, 1, 2, 4, 8, 16, 32, 60])
    expect(session.warnings.map(({ code }) => code)).toEqual(triedAt.map(() => 'RenewalFailed'))
    expect(await whoIs(first, options)).toMatch(/:assumed-role\//)

    session.ahead = 910
    const refused = await Promise.allSettled(callers(session.credentials))
    expect(refused.every(({ status }) => status === 'rejected')).toBe(true)

    proxy.inject = () => undefined
    session.ahead += 1
    const calls = proxy.calls('AssumeRole')
    const renewed = await Promise.all(callers(session.credentials))
    expect(proxy.calls('AssumeRole')).toBe(calls + 1)
    expect(new Set(renewed).size).toBe(1)
    expect(renewed[0]).not.toBe(first)
    expect(await whoIs(session.credentials, options)).toMatch(/:assumed-role\//)
  })

  it('is served to all but the caller who waits while STS hangs', async () => {
    await using proxy = await startFaultProxy(options.endpoint)
    const session = sessionsFrom(stsAt(proxy.endpoint))
    const first = await session.credentials()
    proxy.inject = () => hang
    session.ahead = 730
    let waits = true
    const waiting = session.credentials().finally(() => {
      waits = false
    })
    expect(new Set(await Promise.all(callers(session.credentials)))).toEqual(new Set([first]))
    expect(waits).toBe(true)
    expect(await waiting).toBe(first)
    expect(proxy.calls('AssumeRole')).toBe(2)
  })
})
