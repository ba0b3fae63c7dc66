import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import { afterEach, expect, it, vi } from 'vitest'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

it('is not loaded without its variables, and names each of them', async () => {
  const error: unknown = await import('../src/handler.ts').catch((reason: unknown) => reason)
  for (const variable of ['TABLE', 'USER_POOL_ID', 'CLIENT_ID', 'REVOCATION_FUNCTION'])
    expect(String(error)).toContain(`${variable}: `)
  expect(String(error)).not.toContain('ASKS_PER_MINUTE: ')
})

it('answers what it cannot do now as a problem, and logs why, without the token', async () => {
  const variables = {
    TABLE: 'causeway-grants',
    USER_POOL_ID: 'eu-west-1_EXAMPLE',
    CLIENT_ID: 'exampleclientid',
    REVOCATION_FUNCTION: 'causeway-credentials-revocation',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  }
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  const { handler } = await import('../src/handler.ts')
  const event = JSON.parse(await readFile(join(import.meta.dirname, '../events/credentials.json'), 'utf8'))
  const { iss } = event.requestContext.authorizer.jwt.claims
  const claims = Buffer.from(JSON.stringify({ iss })).toString('base64url')
  event.headers.authorization = event.headers.authorization.replace('.e30.', `.${claims}.`)
  using log = captureLog()
  const answer = await handler(event, lambdaContext())
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'content-type': 'application/problem+json' } })
  expect(log.lines.some(({ level }) => level === 'ERROR')).toBe(true)
  expect(JSON.stringify(log.lines)).not.toContain('c2lnbmF0dXJl')
})
