import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { AwsCredentialIdentity } from '@smithy/types'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type CredentialProvider,
  CredentialsExpired,
  InvalidExpiration,
  InvalidOptions,
  refreshing,
  type Warning,
} from '../src/index.ts'
import { fakeClock } from './fake-clock.ts'
import { identity } from './fake-sts.ts'

const down = new Error('STS is down')

/** A provider of numbered credentials that last `life` seconds, and how often it was asked. */
function issuer(clock: { now(): number }, life: number) {
  const state = { calls: 0, failing: false, failure: down }
  const provider: CredentialProvider = async () => {
    state.calls += 1
    if (state.failing) throw state.failure
    return {
      accessKeyId: `ASIA${state.calls}`,
      secretAccessKey: 'secret',
      expiration: new Date(clock.now() + life * 1_000),
    }
  }
  return Object.assign(state, { provider })
}

function cached(life: number, options: { jitter?: number; window?: number; random?: () => number } = {}) {
  const clock = fakeClock()
  const sts = issuer(clock, life)
  const warnings: Warning[] = []
  const credentials = refreshing(sts.provider, {
    jitter: 0,
    random: () => 0,
    ...options,
    clock,
    onWarning: (warning) => warnings.push(warning),
  })
  const key = async () => (await credentials()).accessKeyId
  return { clock, sts, warnings, credentials, key }
}

describe('refreshing', () => {
  it('makes one request for 500 concurrent callers', async () => {
    const { sts, credentials } = cached(3600)
    const all = await Promise.all(Array.from({ length: 500 }, credentials))
    expect(sts.calls).toBe(1)
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId))).toEqual(new Set(['ASIA1']))
  })

  it('fails all 500 concurrent callers with one failed request, and asks again a second later', async () => {
    const { clock, sts, credentials, key } = cached(3600)
    sts.failing = true
    const all = await Promise.allSettled(Array.from({ length: 500 }, credentials))
    expect(all.every(({ status }) => status === 'rejected')).toBe(true)
    expect(sts.calls).toBe(1)
    sts.failing = false
    clock.pass(1)
    expect(await key()).toBe('ASIA2')
  })

  it('answers a poller that holds nothing with the last failure for a second, not with a request each time', async () => {
    const { clock, sts, key } = cached(3600)
    sts.failing = true
    for (let call = 0; call < 100; call += 1) {
      await expect(key()).rejects.toBe(down)
      clock.pass(0.1)
    }
    expect(sts.calls).toBe(10)
  })

  it('makes nobody wait for longer than that second, though STS failed through the whole last window', async () => {
    const { clock, sts, key } = cached(3600)
    await key()
    clock.pass(3300)
    sts.failing = true
    for (let second = 0; second < 300; second += 1) {
      await key()
      clock.pass(1)
    }
    await expect(key()).rejects.toBe(down)
    sts.failing = false
    clock.pass(1)
    expect(await key()).toMatch(/^ASIA/)
  })

  it('repeats no token that an error of the provider repeats', async () => {
    const { clock, sts, warnings, key, credentials } = cached(3600)
    await key()
    clock.pass(3300)
    sts.failure = new Error('The Canonical String should have been x-amz-security-token:IQoJEXAMPLE')
    sts.failing = true
    await credentials()
    expect(warnings[0]?.message).toMatch(/x-amz-security-token:\[redacted\]$/)
  })

  it('asks again after a provider that throws before it returns a promise', async () => {
    const clock = fakeClock()
    let calls = 0
    const provider = () => {
      calls += 1
      if (calls === 1) throw down
      return Promise.resolve({ accessKeyId: 'ASIA', secretAccessKey: 'secret' })
    }
    const credentials = refreshing(provider, { clock })
    await expect(credentials()).rejects.toBe(down)
    clock.pass(1)
    expect((await credentials()).accessKeyId).toBe('ASIA')
  })

  it.each([
    { life: 3600, early: 300, because: '5 minutes are less than 20 % of an hour' },
    { life: 900, early: 180, because: '20 % of 900 s are less than 5 minutes' },
    { life: 43_200, early: 300, because: '5 minutes are less than 20 % of 12 hours' },
  ])('renews $early s before the end of $life s: $because', async ({ life, early }) => {
    const { clock, key } = cached(life)
    expect(await key()).toBe('ASIA1')
    clock.pass(life - early - 1)
    expect(await key()).toBe('ASIA1')
    clock.pass(1)
    expect(await key()).toBe('ASIA2')
  })

  it('takes a window of one’s own, yet never more than 20 % of the life', async () => {
    const { clock, key } = cached(1000, { window: 100_000 })
    await key()
    clock.pass(799)
    expect(await key()).toBe('ASIA1')
    clock.pass(1)
    expect(await key()).toBe('ASIA2')
  })

  it('spreads renewals over the last part of the window, never before it', async () => {
    const { clock, key } = cached(3600, { jitter: 0.5, random: () => 0.5 })
    await key()
    clock.pass(3600 - 225 - 1)
    expect(await key()).toBe('ASIA1')
    clock.pass(1)
    expect(await key()).toBe('ASIA2')
  })

  it('holds credentials without an end for good', async () => {
    const clock = fakeClock()
    let calls = 0
    const credentials = refreshing(async () => ({ accessKeyId: `AKIA${++calls}`, secretAccessKey: 'secret' }), {
      clock,
    })
    await credentials()
    clock.pass(10 * 365 * 86_400)
    expect((await credentials()).accessKeyId).toBe('AKIA1')
  })

  it('serves the others what it holds while one caller waits for the renewal', async () => {
    const { clock, sts, key, credentials } = cached(3600)
    await key()
    clock.pass(3400)
    const renewal = credentials()
    expect(await key()).toBe('ASIA1')
    expect((await renewal).accessKeyId).toBe('ASIA2')
    expect(sts.calls).toBe(2)
  })

  it('serves what it holds and reports when a renewal fails, then tries again with backoff', async () => {
    const { clock, sts, warnings, key } = cached(3600)
    await key()
    clock.pass(3300)
    sts.failing = true
    expect(await key()).toBe('ASIA1')
    expect(await key()).toBe('ASIA1')
    expect(sts.calls).toBe(2)
    expect(warnings).toEqual([
      {
        code: 'RenewalFailed',
        message:
          'Credentials could not be renewed; those held are good until 2026-01-01T01:00:00.000Z, and the next try is in 1 s. STS is down',
        cause: down,
      },
    ])

    clock.pass(1)
    expect(await key()).toBe('ASIA1')
    expect(sts.calls).toBe(3)
    clock.pass(1)
    await key()
    expect(sts.calls).toBe(3)
    clock.pass(1)
    await key()
    expect(sts.calls).toBe(4)
    expect(warnings.map(({ message }) => /next try is in (\d+) s/.exec(message)?.[1])).toEqual(['1', '2', '4'])

    sts.failing = false
    clock.pass(4)
    expect(await key()).toBe('ASIA5')

    sts.failing = true
    clock.pass(3300)
    await key()
    expect(warnings.at(-1)?.message).toContain('the next try is in 1 s')
  })

  it('makes few requests while STS is down for the whole window, at most 60 s apart', async () => {
    const { clock, sts, key } = cached(3600)
    await key()
    clock.pass(3300)
    sts.failing = true
    for (let second = 0; second < 299; second += 1) {
      expect(await key()).toBe('ASIA1')
      clock.pass(1)
    }
    expect(sts.calls).toBe(1 + 6 + 4)
  })

  it('never serves what has ended: it fails with the provider’s own error', async () => {
    const { clock, sts, warnings, key } = cached(3600)
    await key()
    clock.pass(3590)
    sts.failing = true
    expect(await key()).toBe('ASIA1')
    clock.pass(10)
    await expect(key()).rejects.toBe(down)
    expect(warnings).toHaveLength(1)
  })

  it('refuses what has ended already when it comes', async () => {
    const { credentials } = cached(0)
    await expect(credentials()).rejects.toThrow(CredentialsExpired)
    await expect(credentials()).rejects.toThrow(/ended at 2026-01-01T00:00:00.000Z, but this machine's clock says/)
  })

  it('refuses an end that is no date, and does not ask at every turn', async () => {
    let calls = 0
    const credentials = refreshing(
      async () => {
        calls += 1
        return { accessKeyId: 'a', secretAccessKey: 's', expiration: new Date('tomorrow') }
      },
      { clock: fakeClock() },
    )
    await expect(credentials()).rejects.toThrow(InvalidExpiration)
    await expect(credentials()).rejects.toThrow(/expiration that is an Invalid Date/)
    expect(calls).toBe(1)
  })

  it('serves what it holds though the listener that is told of a failed renewal throws', async () => {
    using emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const clock = fakeClock()
    const sts = issuer(clock, 3600)
    const broken = new Error('the listener is broken')
    const onWarning = () => {
      throw broken
    }
    const credentials = refreshing(sts.provider, { clock, onWarning })
    await credentials()
    clock.pass(3550)
    sts.failing = true
    expect((await credentials()).accessKeyId).toBe('ASIA1')
    expect(emitted.mock.calls).toEqual([[broken]])
  })

  it('does not ask in a loop when the provider itself caches to the very end', async () => {
    const clock = fakeClock()
    const expiration = new Date(clock.now() + 900_000)
    let calls = 0
    const credentials = refreshing(
      async () => {
        calls += 1
        return { accessKeyId: 'ASIA', secretAccessKey: 'secret', expiration }
      },
      { clock },
    )
    for (let second = 0; second < 900; second += 1) {
      await credentials()
      clock.pass(1)
    }
    expect(calls).toBeLessThan(10)
  })

  it.each<[object, string]>([
    [{ window: -1 }, 'refreshing: window must not be negative.'],
    [{ jitter: 2 }, 'refreshing: jitter must be 0 to 1.'],
    [{ windw: 1 }, 'refreshing: windw is not an option.'],
  ])('refuses the options %j', (options, message) => {
    expect(() => refreshing(async () => ({ accessKeyId: '', secretAccessKey: '' }), options)).toThrow(
      new InvalidOptions(message),
    )
  })
})

describe('refreshing, when the clock is set', () => {
  it('asks again when the clock jumps past the end', async () => {
    const { clock, key } = cached(3600)
    await key()
    clock.jump(7200)
    expect(await key()).toBe('ASIA2')
  })

  it('goes back to what it holds when a jump forwards is undone and STS was down meanwhile', async () => {
    const { clock, sts, key } = cached(3600)
    await key()
    clock.jump(7200)
    sts.failing = true
    await expect(key()).rejects.toBe(down)
    clock.jump(-7200)
    expect(await key()).toBe('ASIA1')
  })

  it('does not hold credentials for longer because the clock was set back', async () => {
    const { clock, key } = cached(3600)
    await key()
    clock.jump(-86_400)
    clock.pass(3299)
    expect(await key()).toBe('ASIA1')
    clock.pass(1)
    expect(await key()).toBe('ASIA2')
  })

  it('backs off by elapsed time, whatever the clock says', async () => {
    const { clock, sts, key } = cached(3600)
    await key()
    clock.pass(3300)
    sts.failing = true
    await key()
    clock.jump(100)
    await key()
    clock.jump(-3000)
    await key()
    expect(sts.calls).toBe(2)
    clock.pass(1)
    await key()
    expect(sts.calls).toBe(3)
  })

  it('never serves what has ended by either clock, for any walk of clocks and failures', async () => {
    const step = fc.oneof(
      fc.record({ pass: fc.integer({ min: 0, max: 4000 }) }),
      fc.record({ jump: fc.integer({ min: -10_000, max: 10_000 }) }),
      fc.record({ failing: fc.boolean() }),
    )
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 43_200 }), fc.array(step, { maxLength: 40 }), async (life, steps) => {
        const { clock, sts, credentials } = cached(life, { jitter: 1, random: Math.random })
        const received = new Map<AwsCredentialIdentity, number>()
        for (const { pass, jump, failing } of steps as { pass?: number; jump?: number; failing?: boolean }[]) {
          if (pass !== undefined) clock.pass(pass)
          if (jump !== undefined) clock.jump(jump)
          if (failing !== undefined) sts.failing = failing
          const calls = sts.calls
          const served = await credentials().catch(() => undefined)
          expect(sts.calls - calls).toBeLessThanOrEqual(1)
          if (served === undefined) continue
          if (!received.has(served)) received.set(served, clock.monotonic())
          expect(served.expiration?.getTime()).toBeGreaterThan(clock.now())
          expect(clock.monotonic() - (received.get(served) ?? 0)).toBeLessThan(life * 1_000)
        }
      }),
    )
  })
})

describe('refreshing, under a real SDK client', () => {
  afterEach(() => vi.useRealTimers())

  it('asks once per life of 900 s, though the client asks at every use from 300 s before the end', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const sts = issuer({ now: () => Date.now() }, 900)
    let asked = 0
    const credentials = refreshing(sts.provider, { jitter: 0 })
    const client = new STSClient({
      region: 'eu-west-1',
      credentials: () => {
        asked += 1
        return credentials()
      },
      requestHandler: {
        handle: async () => {
          const { status, body } = identity('arn:aws:iam::222222222222:user/u') as { status: number; body: string }
          return { response: { statusCode: status, headers: {}, body: new TextEncoder().encode(body) } }
        },
      },
    })
    for (let second = 0; second < 3600; second += 5) {
      await client.send(new GetCallerIdentityCommand())
      vi.advanceTimersByTime(5_000)
    }
    // Each is held for 720 of its 900 s: 3600 / 720.
    expect(sts.calls).toBe(5)
    expect(asked).toBeGreaterThan(100)
  })
})
