import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { password } from '../../src/rotation/password.ts'
import { retireDue } from '../../src/rotation/retire.ts'
import { rotate } from '../../src/rotation/rotate.ts'
import type { Rotator } from '../../src/rotation/rotator.ts'
import { secretVersions } from '../../src/rotation/secret-versions.ts'
import { rotationSteps } from '../../src/rotation/steps.ts'
import { fakeClock } from './fake-clock.ts'
import { fakeSecretsManager } from './fake-secrets-manager.ts'

const first = 'the-first-password-that-anybody-had'

/** A secret with a password, and what rotates it. */
function opened(rotator: Rotator<string> = password()) {
  const clock = fakeClock()
  const manager = fakeSecretsManager()
  const arn = manager.make('webhooks', first, { 'causeway:rotator': 'password' })
  const options = { versions: secretVersions({ client: manager.client }), rotatorOf: () => rotator, clock }
  const step = (Step: string, ClientRequestToken: string) =>
    rotate({ SecretId: arn, ClientRequestToken, Step }, options)
  const rotated = async () => {
    const token = manager.begin(arn)
    for (const name of rotationSteps) await step(name, token)
    return token
  }
  return { clock, manager, arn, options, step, rotated, current: () => manager.valueOf(arn, 'AWSCURRENT') }
}

describe('a rotation', () => {
  it('changes nothing for anybody until its last step', async () => {
    const { manager, arn, step, current } = opened()
    const token = manager.begin(arn)
    for (const name of ['createSecret', 'setSecret', 'testSecret'] as const) {
      expect(await step(name, token)).toMatchObject({ step: name, already: false })
      expect(current()).toBe(first)
    }
    await step('finishSecret', token)
    expect(current()).not.toBe(first)
    expect(manager.valueOf(arn, 'AWSPREVIOUS')).toBe(first)
  })

  it('keeps what it replaced for ten minutes, then retires it', async () => {
    const { clock, manager, arn, options, rotated } = opened()
    await rotated()
    clock.pass(599_999)
    expect(await retireDue(options)).toEqual({ retired: 0, later: 0, waiting: 1, failed: 0 })
    clock.pass(1)
    expect(await retireDue(options)).toEqual({ retired: 1, later: 0, waiting: 0, failed: 0 })
    expect(manager.valueOf(arn, 'AWSPREVIOUS')).toBeUndefined()
    expect(await retireDue(options)).toEqual({ retired: 0, later: 0, waiting: 0, failed: 0 })
  })

  it('is refused, and says until when, while what the last one replaced may be held by a client', async () => {
    const { manager, arn, step, rotated, current } = opened()
    await rotated()
    const before = current()
    const token = manager.begin(arn)
    await expect(step('createSecret', token)).rejects.toMatchObject({
      code: 'RotationTooSoon',
      retryable: true,
      message: expect.stringContaining('is kept until 2026-01-01T00:10:00.000Z'),
    })
    expect(current()).toBe(before)
  })

  it('goes on with the version that it has begun, when it is run again', async () => {
    const { manager, arn, step } = opened()
    const token = manager.begin(arn)
    await step('createSecret', token)
    const made = manager.valueOf(arn, 'AWSPENDING')
    expect(await step('createSecret', token)).toMatchObject({ already: true })
    expect(manager.valueOf(arn, 'AWSPENDING')).toBe(made)
  })

  it('does nothing more for the version that is AWSCURRENT already', async () => {
    const { manager, arn, step, rotated } = opened()
    const token = await rotated()
    const labels = manager.labelsOf(arn)
    for (const name of rotationSteps) expect(await step(name, token)).toMatchObject({ already: true })
    expect(manager.labelsOf(arn)).toEqual(labels)
  })

  it('gives up what a run that nobody goes on with has left', async () => {
    const left: string[] = []
    const rotator = password()
    const create: typeof rotator.create = (run) => {
      left.push(...run.abandoned)
      return rotator.create(run)
    }
    const { manager, arn, step, rotated } = opened({ ...rotator, create })
    const token = manager.begin(arn)
    await step('createSecret', token)
    const abandoned = manager.valueOf(arn, 'AWSPENDING')
    manager.move(arn, 'AWSPENDING', undefined) // as an administrator does, so that another can begin
    const next = await rotated()
    expect(left).toEqual([abandoned])
    expect(Object.keys(manager.labelsOf(arn))).toHaveLength(2)
    expect(manager.labelsOf(arn)[next]).toContain('AWSCURRENT')
  })

  it('says why the new credential does not work, and leaves AWSCURRENT as it was', async () => {
    const rotator = password()
    const { manager, arn, step, current } = opened({
      ...rotator,
      test: async () => Promise.reject(new Error('The webhook answers 401.')),
    })
    const token = manager.begin(arn)
    await step('createSecret', token)
    await step('setSecret', token)
    await expect(step('testSecret', token)).rejects.toMatchObject({
      code: 'RotationTestFailed',
      message: `The new credential of ${arn} does not work: The webhook answers 401. AWSCURRENT is as it was; mend what it says, and rotate again.`,
    })
    expect(current()).toBe(first)
  })

  it('tries what AWSCURRENT holds, when RotateSecret asks for that step alone', async () => {
    const tried: string[] = []
    const test = async (value: string) => void tried.push(value)
    const { manager, arn, step } = opened({ ...password(), test })
    await step('testSecret', manager.begin(arn))
    expect(tried).toEqual([first])
  })

  it('gives back with the new value the token that says whom Secrets Manager acts for', async () => {
    const { manager, arn, options } = opened()
    const given: unknown[] = []
    const send = (command: { input: object }) => {
      given.push(...('SecretString' in command.input ? [command.input] : []))
      return manager.client.send(command as never)
    }
    const versions = secretVersions({ client: { send } as never })
    const event = {
      Step: 'createSecret',
      SecretId: arn,
      ClientRequestToken: manager.begin(arn),
      RotationToken: 'for-them',
    }
    await rotate(event, { ...options, versions })
    expect(given).toEqual([expect.objectContaining({ RotationToken: 'for-them' })])
  })

  it('has what is left to do when clients get the new credential done again, where that was cut off', async () => {
    let finished = 0
    const { manager, arn, step } = opened({
      ...password(),
      finish: async () => {
        finished += 1
        if (finished === 1) throw new Error('cut off')
      },
    })
    const token = manager.begin(arn)
    for (const name of ['createSecret', 'setSecret', 'testSecret']) await step(name, token)
    await expect(step('finishSecret', token)).rejects.toThrow('cut off')
    expect(await step('finishSecret', token)).toMatchObject({ already: true })
    expect(finished).toBe(2)
  })

  describe('that is cut off after it has moved AWSCURRENT', () => {
    async function cutOff() {
      const it = opened()
      const { manager, arn, step } = it
      const token = manager.begin(arn)
      for (const name of ['createSecret', 'setSecret', 'testSecret']) await step(name, token)
      manager.move(arn, 'AWSCURRENT', token)
      it.clock.pass(3_600_000) // and is gone on with much later
      return { ...it, token }
    }

    it('has its grace begin when the same step is done again', async () => {
      const { clock, options, step, token } = await cutOff()
      await step('finishSecret', token)
      clock.pass(599_999)
      expect(await retireDue(options)).toMatchObject({ retired: 0, waiting: 1 })
      clock.pass(1)
      expect(await retireDue(options)).toMatchObject({ retired: 1 })
    })

    it('has its grace begin when the schedule finds it', async () => {
      const { clock, options } = await cutOff()
      expect(await retireDue(options)).toMatchObject({ retired: 0, waiting: 1 })
      clock.pass(599_999)
      expect(await retireDue(options)).toMatchObject({ retired: 0, waiting: 1 })
      clock.pass(1)
      expect(await retireDue(options)).toMatchObject({ retired: 1 })
    })

    it('has its grace begin when the next rotation finds it, which waits', async () => {
      const { clock, manager, arn, options, step } = await cutOff()
      await expect(step('createSecret', manager.begin(arn))).rejects.toMatchObject({ code: 'RotationTooSoon' })
      clock.pass(600_000)
      expect(await retireDue(options)).toMatchObject({ retired: 1 })
    })
  })

  it('does not go by a time that is over, where somebody has gone back to a version that has one', async () => {
    const { clock, manager, arn, options, step, rotated } = opened()
    await rotated()
    const [gone] = Object.entries(manager.labelsOf(arn)).find(([, its]) => its.includes('AWSPREVIOUS')) ?? []
    manager.move(arn, 'AWSCURRENT', gone)
    clock.pass(3_600_000)
    const token = manager.begin(arn)
    for (const name of rotationSteps) await step(name, token)
    expect(await retireDue(options)).toMatchObject({ retired: 0, waiting: 1 })
  })

  it('leaves alone what somebody has gone back to', async () => {
    const { clock, manager, arn, options, rotated, current } = opened()
    await rotated()
    const before = Object.entries(manager.labelsOf(arn)).find(([, labels]) => labels.includes('AWSPREVIOUS'))?.[0]
    manager.move(arn, 'AWSCURRENT', before)
    clock.pass(3_600_000)
    expect(await retireDue(options)).toEqual({ retired: 0, later: 0, waiting: 0, failed: 0 })
    expect(current()).toBe(first)
  })
})

describe('an event', () => {
  it.each([
    ['no step', { Step: undefined }, 'Step is missing or wrong'],
    ['a step in the spelling of the parameter table', { Step: 'create_secret' }, 'Step is missing or wrong'],
    ['no secret', { SecretId: '' }, 'SecretId is missing or wrong'],
    ['a short token', { ClientRequestToken: 'abc' }, 'ClientRequestToken is missing or wrong'],
  ])('with %s is refused in one sentence', async (_, part, sentence) => {
    const { arn, options } = opened()
    const event = { SecretId: arn, ClientRequestToken: crypto.randomUUID(), Step: 'createSecret', ...part }
    await expect(rotate(event, options)).rejects.toMatchObject({
      code: 'InvalidRotationEvent',
      message: expect.stringContaining(sentence),
    })
  })

  it('for a version that nobody has begun is refused: whoever can invoke the function cannot start a rotation by it', async () => {
    const { step, current } = opened()
    await expect(step('createSecret', crypto.randomUUID())).rejects.toMatchObject({ code: 'RotationNotPending' })
    expect(current()).toBe(first)
  })

  it('for a step before its turn is refused', async () => {
    const { manager, arn, step } = opened()
    await expect(step('finishSecret', manager.begin(arn))).rejects.toThrow('createSecret comes first')
  })
})

describe('an error', () => {
  const hidden = ['current', 'pending'] as const
  it.each(hidden)('that repeats the %s value is thrown without it, and without its causes', async (which) => {
    const rotator = password()
    const leak = (value: string) =>
      Object.assign(new Error(`login as ${value} failed`), { options: { password: value } })
    const { manager, arn, step } = opened({
      ...rotator,
      set: async (pending, { current }) => Promise.reject(leak(which === 'pending' ? pending : current)),
    })
    const token = manager.begin(arn)
    await step('createSecret', token)
    const value = which === 'pending' ? manager.valueOf(arn, 'AWSPENDING') : first
    const error: unknown = await step('setSecret', token).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('login as [redacted] failed')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(value)
  })

  it('of a value that its rotator cannot read does not repeat it', async () => {
    const rotator = password()
    const parse = (text: string) => {
      throw new Error(`cannot read ${text}`)
    }
    const { manager, arn, step } = opened({ ...rotator, parse })
    const error: unknown = await step('createSecret', manager.begin(arn)).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'InvalidSecretValue' })
    expect(inspect(error, { depth: 9 })).not.toContain(first)
  })
})

describe('retiring', () => {
  it('goes on with the others when one fails, and says which', async () => {
    const { clock, manager, arn, options } = opened()
    const second = manager.make('webhooks-2', first, { 'causeway:rotator': 'password' })
    for (const SecretId of [second, arn]) {
      const ClientRequestToken = manager.begin(SecretId)
      for (const Step of rotationSteps) await rotate({ SecretId, ClientRequestToken, Step }, options)
    }
    clock.pass(600_000)
    const failing: Rotator<string> = { ...password(), retire: async () => Promise.reject(new Error('refused')) }
    const failed: string[] = []
    const summary = await retireDue({
      ...options,
      rotatorOf: ({ arn }) => (arn === second ? failing : password()),
      onFailed: ({ secretId }) => failed.push(secretId),
    })
    expect(summary).toEqual({ retired: 1, later: 0, waiting: 0, failed: 1 })
    expect(failed).toEqual([second])
    expect(await retireDue(options)).toMatchObject({ retired: 1, failed: 0 })
  })

  it('ends between two secrets when its time is over, and has failed at nothing', async () => {
    const { clock, options, rotated } = opened()
    await rotated()
    clock.pass(600_000)
    const stop = new AbortController()
    const cut: Rotator<string> = {
      ...password(),
      retire: async () => {
        stop.abort()
        throw new Error('aborted')
      },
    }
    const summary = await retireDue({ ...options, rotatorOf: () => cut, signal: stop.signal })
    expect(summary).toEqual({ retired: 0, later: 0, waiting: 0, failed: 0 })
  })

  it('leaves the secrets of another rotation function to that', async () => {
    const { clock, options, rotated } = opened()
    await rotated()
    clock.pass(600_000)
    const rotatedBy = 'arn:aws:lambda:eu-west-1:111111111111:function:another'
    expect(await retireDue({ ...options, rotatedBy })).toMatchObject({ retired: 0 })
  })
})
