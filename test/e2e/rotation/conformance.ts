import { inspect } from 'node:util'
import { SecretsManagerClient, type SecretsManagerClientConfig } from '@aws-sdk/client-secrets-manager'
import type { Clock } from '@causeway-aws/auth'
import {
  type DescribedSecret,
  type Rotator,
  retireDue,
  rotate,
  rotationSteps,
  type SecretVersions,
  secretVersions,
} from '@causeway-aws/grants/rotation'
import { captureLog } from '@causeway-aws/handler/testing'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../../sandbox.ts'
import { newSecret, startRotation, unlabelPending } from './secrets.ts'
import { type Watch, type Watched, watching } from './watching.ts'

/** One credential of its own at the service, with all that a test needs to know of it. */
interface RotatedCredential {
  /** What the secret holds at the beginning. */
  readonly value: string
  /** Its rotator. What that asks of the service goes through `watch`, so that a run can be cut off there. */
  rotator(watch: Watch): Rotator<unknown>
  /** Whether the service lets in whoever has this value. `held` is what AWSCURRENT and AWSPREVIOUS hold, for one that goes by that. */
  works(value: string, held: readonly string[]): Promise<boolean>
  /** How many credentials the service takes, where it can be counted. */
  count?(): Promise<number>
  /** Has the service no longer take the newest credential, where there is one. */
  spoil?(pending: string): Promise<unknown>
  /** Whatever the service itself has logged. */
  serviceLog?(): Promise<string>
}

/** A rotator, and how to make a credential for it. */
export interface RotatorCase {
  readonly name: string
  /** Whether a service takes and refuses it: what only its clients know cannot be refused. */
  readonly hasService: boolean
  /** Makes another credential for each test. */
  open(): Promise<RotatedCredential>
}

const grace = 600_000

/** What every rotator is. A new one brings a {@link RotatorCase}, of some 40 lines. */
export function conformsAsRotator({ name, hasService, open }: RotatorCase): void {
  describe(`The rotator of ${name}`, () => {
    let client: SecretsManagerClientConfig
    beforeAll(async () => {
      client = clientOptions(await testSandbox().credentials('home'))
    })

    /** A secret with a credential, and the process that rotates it: another one after each time that it is cut off. */
    async function opened() {
      const credential = await open()
      const manager = new SecretsManagerClient(client)
      const arn = await newSecret(manager, credential.value)
      let passed = 0
      const clock: Clock = { now: () => Date.UTC(2026, 0, 1) + passed, monotonic: () => passed }
      const told: string[] = []
      const say = (said: unknown) => void told.push(inspect(said, { depth: 9, showHidden: true }))
      const secrets = new Set<string>()

      function process(watched: Watched) {
        const own = new SecretsManagerClient(client)
        watched.client(own)
        const rotator = credential.rotator(watched.watch)
        const keep = (text: string) => {
          secrets.add(rotator.secretOf(rotator.parse(text)))
          return text
        }
        const versions = onlyOf(arn, secretVersions({ client: own }))
        const options = { versions, rotatorOf: () => rotator, clock, grace }
        return { options, keep }
      }
      const read = async (label: string) => {
        const { keep } = process(watching())
        const described = await secretVersions({ client: manager }).describe(arn)
        const id = [...described.versions].find(([, labels]) => labels.includes(label))?.[0]
        const text = id === undefined ? undefined : await secretVersions({ client: manager }).value(arn, id)
        return text === undefined ? undefined : keep(text)
      }
      return {
        credential,
        arn,
        told,
        secrets,
        read,
        /** Whether a value is good for anything now. */
        async works(value: string | undefined) {
          const held = [await read('AWSCURRENT'), await read('AWSPREVIOUS')].filter((text) => text !== undefined)
          return value !== undefined && (await credential.works(value, held))
        },
        begin: () => startRotation(manager, arn),
        giveUp: () => unlabelPending(manager, arn),
        pass: (milliseconds: number) => {
          passed += milliseconds
        },
        /** What the labels say, and what the service takes. */
        async state() {
          const { versions } = await secretVersions({ client: manager }).describe(arn)
          const labels = [...versions.values()].map((its) =>
            its.map((label) => label.replace(/-\d{4}-.*/, '')).toSorted(),
          )
          return { labels: labels.map((its) => its.join(' ')).toSorted(), credentials: await credential.count?.() }
        },
        /** All four steps, as Secrets Manager asks for them. */
        async rotation(token: string, watched: Watched = watching()) {
          const { options } = process(watched)
          for (const Step of rotationSteps) await this.step(Step, token, options)
        },
        async step(Step: string, token: string, options = process(watching()).options) {
          try {
            say(await rotate({ SecretId: arn, ClientRequestToken: token, Step }, options))
          } catch (error) {
            say(error)
            say(String(error))
            throw error
          }
        },
        async retiring(watched: Watched = watching()) {
          const { options } = process(watched)
          const summary = await retireDue({ ...options, onRetired: say, onFailed: say })
          if (watched.isCut) throw new Error('cut off')
          return summary
        },
      }
    }

    it('rotates: both credentials work for the grace, then the new one alone', async () => {
      const secret = await opened()
      const first = await secret.read('AWSCURRENT')
      await secret.rotation(await secret.begin())
      const second = await secret.read('AWSCURRENT')
      expect(second).not.toBe(first)
      await expectWorking(secret, [first, second])
      secret.pass(grace - 1)
      await secret.retiring()
      await expectWorking(secret, [first, second])
      await retireAll(secret)
      await expectWorking(secret, [second], [first])
      expect((await secret.state()).labels).toHaveLength(1)
    })

    it('rotates back and forth', async () => {
      const secret = await opened()
      const seen = new Set([await secret.read('AWSCURRENT')])
      for (let rotation = 0; rotation < 3; rotation += 1) {
        await secret.rotation(await secret.begin())
        await retireAll(secret)
        const current = await secret.read('AWSCURRENT')
        expect(await secret.works(current)).toBe(true)
        seen.add(current)
      }
      expect(seen.size).toBe(4)
    })

    it('ends in the same place wherever a rotation is cut off, and what is in use works all the time', async () => {
      const whole = await opened()
      await whole.rotation(await whole.begin())
      const wanted = await whole.state()
      const all = watching()
      const again = await opened()
      await again.rotation(await again.begin(), all)
      expect(all.changes).toBeGreaterThan(2)
      for (let cut = 1; cut <= all.changes; cut += 1) {
        const secret = await opened()
        const token = await secret.begin()
        const first = await secret.read('AWSCURRENT')
        await expect(secret.rotation(token, watching({ cutAfter: cut }))).rejects.toThrow()
        await expectWorking(secret, [first, await secret.read('AWSCURRENT')])
        await secret.rotation(token) // Secrets Manager begins again with the first step
        expect(await secret.state(), `cut off after change ${cut}`).toEqual(wanted)
        await expectWorking(secret, [first, await secret.read('AWSCURRENT')])
      }
    })

    it('leaves nothing of a rotation that was cut off, and that nobody goes on with', async () => {
      const whole = await opened()
      await whole.rotation(await whole.begin())
      const wanted = await whole.state()
      const all = watching()
      const again = await opened()
      await again.rotation(await again.begin(), all)
      for (let cut = 1; cut < all.changes; cut += 1) {
        const secret = await opened()
        let first = await secret.read('AWSCURRENT')
        await secret.rotation(await secret.begin(), watching({ cutAfter: cut })).catch(() => {})
        await secret.giveUp()
        const next = await secret.begin()
        const isRotated = (await secret.read('AWSCURRENT')) !== first // it was cut off after that
        if (isRotated) {
          await expect(secret.rotation(next)).rejects.toMatchObject({ code: 'RotationTooSoon' })
          await retireAll(secret)
          first = await secret.read('AWSCURRENT')
        }
        await secret.rotation(next)
        expect(await secret.state(), `cut off after change ${cut}`).toEqual(wanted)
        await expectWorking(secret, [first, await secret.read('AWSCURRENT')])
      }
    })

    it('ends in the same place wherever retiring is cut off, and never takes away what is in use', async () => {
      const whole = await opened()
      await whole.rotation(await whole.begin())
      const runs: Watched[] = []
      await retireAll(whole, () => {
        const watched = watching()
        runs.push(watched)
        return watched
      })
      const changes = runs.reduce((sum, run) => sum + run.changes, 0)
      const wanted = await whole.state()
      for (let cut = 1; cut <= changes; cut += 1) {
        const secret = await opened()
        const first = await secret.read('AWSCURRENT')
        await secret.rotation(await secret.begin())
        const before: Watched[] = []
        await retireAll(secret, () => {
          const left = before.reduce((rest, run) => rest - run.changes, cut)
          const watched = watching(left > 0 ? { cutAfter: left } : {})
          before.push(watched)
          return watched
        })
        expect(await secret.state(), `cut off after change ${cut}`).toEqual(wanted)
        await expectWorking(secret, [await secret.read('AWSCURRENT')], [first])
      }
    })

    if (hasService) {
      it('leaves AWSCURRENT as it was when the new credential does not work, and says so; mended, another rotation succeeds', async () => {
        const secret = await opened()
        const first = await secret.read('AWSCURRENT')
        const token = await secret.begin()
        await secret.step('createSecret', token)
        await secret.step('setSecret', token)
        await secret.credential.spoil?.((await secret.read('AWSPENDING')) ?? '')
        await expect(secret.step('testSecret', token)).rejects.toMatchObject({ code: 'RotationTestFailed' })
        expect(await secret.read('AWSCURRENT')).toBe(first)
        expect(await secret.works(first)).toBe(true)
        await secret.giveUp()
        await secret.rotation(await secret.begin())
        expect(await secret.works(await secret.read('AWSCURRENT'))).toBe(true)
      })

      it('refuses to begin from a credential that does not work', async () => {
        const secret = await opened()
        const { rotator, value } = secret.credential
        const its = rotator(watching().watch)
        const wrong = value.replace(its.secretOf(its.parse(value)), 'not-the-secret-of-this-credential-123')
        const manager = new SecretsManagerClient(client)
        const arn = await newSecret(manager, wrong)
        const rotatorOf = () => its
        const event = { SecretId: arn, ClientRequestToken: await startRotation(manager, arn), Step: 'createSecret' }
        const refused = rotate(event, { versions: secretVersions({ client: manager }), rotatorOf })
        await expect(refused).rejects.toMatchObject({ code: 'WrongCredential' })
      })
    }

    it('has nothing secret in what it logs, throws and asks for by URL, nor has the service in its log', async () => {
      const secret = await opened()
      await secret.read('AWSCURRENT')
      using log = captureLog()
      const all = watching()
      const token = await secret.begin()
      await secret.rotation(token, watching({ cutAfter: 1 })).catch(() => {})
      await secret.rotation(token, all)
      await secret.read('AWSCURRENT')
      await retireAll(secret)
      const next = await secret.begin()
      await secret.step('createSecret', next)
      await secret.step('setSecret', next)
      const pending = (await secret.read('AWSPENDING')) ?? ''
      await secret.credential.spoil?.(pending)
      await secret.step('testSecret', next).catch(() => {})
      const said = [secret.told, log.lines.map((line) => JSON.stringify(line)), all.urls].flat()
      expect(said.length).toBeGreaterThan(8)
      expect(secret.secrets.size).toBeGreaterThanOrEqual(3)
      const texts = [...said, (await secret.credential.serviceLog?.()) ?? '']
      for (const hidden of secret.secrets) for (const text of texts) expect(text.includes(hidden), text).toBe(false)
    })
  })
}

type Opened = {
  pass(milliseconds: number): void
  retiring(watched?: Watched): Promise<{ waiting: number; later: number; failed: number }>
}

/** Runs the schedule until nothing is left to be retired. */
async function retireAll(secret: Opened, watched: () => Watched = () => watching()): Promise<void> {
  for (let run = 0; run < 20; run += 1) {
    secret.pass(grace)
    const summary = await secret.retiring(watched()).catch(() => undefined)
    if (summary && summary.waiting + summary.later + summary.failed === 0) return
  }
  throw new Error('There is still something to be retired.')
}

/** What works, and what does not. */
async function expectWorking(
  { works }: { works(value: string | undefined): Promise<boolean> },
  working: readonly (string | undefined)[],
  dead: readonly (string | undefined)[] = [],
): Promise<void> {
  for (const value of working) expect(await works(value)).toBe(true)
  for (const value of dead) expect(await works(value)).toBe(false)
}

/** The sandbox has secrets of other tests, too. */
function onlyOf(arn: string, versions: SecretVersions): SecretVersions {
  return {
    ...versions,
    async *list(): AsyncGenerator<DescribedSecret> {
      yield await versions.describe(arn)
    },
  }
}
