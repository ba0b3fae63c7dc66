import { STSClient } from '@aws-sdk/client-sts'
import { AssumeRoleFailed, assumedRole, refreshing, type Warning } from '@causeway-aws/auth'
import { type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { deployTestStacks, externalIds } from '../stacks.ts'
import { answerLost, badGateway, hang, internalError, reset, throttling, unavailable } from './faults.ts'
import { type FaultProxy, startFaultProxy } from './proxy.ts'
import { assume, whoIs } from './session.ts'

const sandbox = testSandbox()
const externalId = externalIds[0]
let proxy: FaultProxy
let options: ClientOptions
let roleArn: string
/** Asks once, and waits for at most half a second. */
let sts: STSClient

beforeAll(async () => {
  roleArn = (await deployTestStacks(sandbox)).invoices.SenderRoleArn ?? ''
})

beforeEach(async () => {
  options = clientOptions(await sandbox.credentials('partner'))
  proxy = await startFaultProxy(options.endpoint)
  const requestHandler = { requestTimeout: 500, throwOnRequestTimeout: true }
  sts = new STSClient({ ...options, endpoint: proxy.endpoint, maxAttempts: 1, requestHandler })
})
afterEach(() => proxy[Symbol.asyncDispose]())

const callers = <Result>(call: () => Promise<Result>) => Array.from({ length: 500 }, call)

describe('an assumed role', () => {
  it('is assumed once for 500 concurrent callers', async () => {
    const provider = assumedRole({ roleArn, externalId, sts })
    const all = await Promise.all(callers(provider))
    expect(proxy.calls('AssumeRole')).toBe(1)
    expect(new Set(all.map(({ sessionToken }) => sessionToken)).size).toBe(1)
    expect(await whoIs(provider, options)).toMatch(/:assumed-role\/causeway-invoices-sender\/causeway$/)
  })

  it('is assumed once for 500 clients that each make a provider of their own', async () => {
    await Promise.all(callers(() => assumedRole({ roleArn, externalId, sts })()))
    expect(proxy.calls('AssumeRole')).toBe(1)
  })

  it.each([unavailable, internalError, throttling, badGateway, reset, answerLost, hang])(
    'fails 500 callers with one call, as something that may pass, and then goes on: $name',
    async (fault) => {
      const provider = assumedRole({ roleArn, externalId, sts })
      proxy.inject = () => fault
      const all = await Promise.allSettled(callers(provider))
      expect(proxy.calls('AssumeRole')).toBe(1)
      const reasons = new Set(all.map((outcome) => outcome.status === 'rejected' && outcome.reason))
      expect([...reasons]).toEqual([expect.any(AssumeRoleFailed)])
      expect([...reasons][0]).toMatchObject({ code: 'AssumeRoleFailed', retryable: true, roleArn })

      proxy.inject = () => undefined
      await Promise.all(callers(provider))
      expect(proxy.calls('AssumeRole')).toBe(2)
    },
  )
})

describe('a session that has to be renewed', () => {
  /** Sessions of 900 s by a clock that stands still until a test sets it forward, by seconds. */
  function sessions() {
    const state = { ahead: 0, warnings: [] as Warning[] }
    // STS's clock stays where it is.
    const provider = () => assume(sts, { roleArn, externalId }, 900 + state.ahead)
    const started = Date.now()
    const clock = { now: () => started + state.ahead * 1_000, monotonic: () => state.ahead * 1_000 }
    const onWarning = (warning: Warning) => state.warnings.push(warning)
    return Object.assign(state, { credentials: refreshing(provider, { clock, jitter: 0, random: () => 0, onWarning }) })
  }

  it('is served while it is good, though STS fails; it is asked for again with backoff, and never served after its end', async () => {
    const session = sessions()
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
    const calls = proxy.calls('AssumeRole')
    const renewed = await Promise.all(callers(session.credentials))
    expect(proxy.calls('AssumeRole')).toBe(calls + 1)
    expect(new Set(renewed).size).toBe(1)
    expect(renewed[0]).not.toBe(first)
    expect(await whoIs(session.credentials, options)).toMatch(/:assumed-role\//)
  })

  it('is served to all but the caller who waits while STS hangs', async () => {
    const session = sessions()
    const first = await session.credentials()
    proxy.inject = () => hang
    session.ahead = 730
    const started = performance.now()
    const waits = session.credentials()
    expect(new Set(await Promise.all(callers(session.credentials)))).toEqual(new Set([first]))
    expect(performance.now() - started).toBeLessThan(400)
    expect(await waits).toBe(first)
    expect(proxy.calls('AssumeRole')).toBe(2)
  })
})
