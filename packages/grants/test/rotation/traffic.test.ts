import { secret } from '@causeway-aws/auth'
import { expect, it } from 'vitest'
import { type AccessKeyValue, accessKey } from '../../src/rotation/access-key.ts'
import { retireDue } from '../../src/rotation/retire.ts'
import { rotate } from '../../src/rotation/rotate.ts'
import type { Rotator } from '../../src/rotation/rotator.ts'
import { secretVersions } from '../../src/rotation/secret-versions.ts'
import { rotationSteps } from '../../src/rotation/steps.ts'
import { fakeClock } from './fake-clock.ts'
import { fakeIam } from './fake-iam.ts'
import { fakeSecretsManager } from './fake-secrets-manager.ts'

const minutes = 60_000
const cache = 300 // seconds: what secret() holds a value for where nothing else is said

it('is noticed by no client: 100 rotations, three clients that use the secret every 50 ms and hold it for five minutes', {
  timeout: 60_000,
}, async () => {
  const clock = fakeClock()
  const user = fakeIam('legacy-sender')
  const manager = fakeSecretsManager()
  const arn = manager.make('legacy-sender', JSON.stringify(user.make()), { 'causeway:rotator': 'access-key' })
  const rotator = accessKey({ userName: 'legacy-sender', iam: user.iam, stsAs: user.stsAs }) as Rotator<unknown>
  const options = { versions: secretVersions({ client: manager.client }), rotatorOf: () => rotator, clock }

  // Each looks it up at another moment of the five minutes: one just before AWSCURRENT moves, one just after.
  const clients = Array.from({ length: 3 }, () =>
    secret(`secret:${arn}`, { ttl: cache, clock, clients: { secretsManager: manager.client } }),
  )
  const seen = new Set<string>()
  let uses = 0
  let refused = 0
  const use = async () => {
    for (const client of clients) {
      const text = await client.value()
      if (!seen.has(text)) seen.add(text)
      uses += 1
      if (!user.works(JSON.parse(text) as AccessKeyValue)) refused += 1
    }
  }
  const traffic = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 50) {
      clock.pass(50)
      await use()
    }
  }

  for (const client of clients) {
    await client.value()
    clock.pass(100_000)
  }
  for (let rotation = 0; rotation < 100; rotation += 1) {
    const ClientRequestToken = manager.begin(arn)
    for (const Step of rotationSteps) {
      await traffic(1_000)
      await rotate({ SecretId: arn, ClientRequestToken, Step }, options)
    }
    expect(user.keys.size).toBe(2)
    // The schedule of the function: every five minutes, from deactivated to deleted.
    for (let run = 0; user.keys.size > 1; run += 1) {
      expect(run).toBeLessThan(10)
      // After every client has taken up the new one nothing can go wrong that would not in the minute after.
      const nothingHeld = run >= 2
      if (nothingHeld) clock.pass(4 * minutes)
      await traffic(nothingHeld ? minutes : 5 * minutes)
      await retireDue(options)
    }
  }
  expect(refused).toBe(0)
  expect(uses).toBeGreaterThan(1_000_000)
  expect(seen.size).toBe(101) // none was missed, so each was in use when the next came
})

it('would be noticed, if what was replaced were taken away within the five minutes', async () => {
  const clock = fakeClock()
  const user = fakeIam('legacy-sender')
  const manager = fakeSecretsManager()
  const arn = manager.make('legacy-sender', JSON.stringify(user.make()), { 'causeway:rotator': 'access-key' })
  const rotator = accessKey({ userName: 'legacy-sender', iam: user.iam, stsAs: user.stsAs }) as Rotator<unknown>
  const versions = secretVersions({ client: manager.client })
  const options = { versions, rotatorOf: () => rotator, clock, grace: 4 * minutes }
  const client = secret(`secret:${arn}`, { ttl: cache, clock, clients: { secretsManager: manager.client } })
  await client.value()
  const ClientRequestToken = manager.begin(arn)
  for (const Step of rotationSteps) await rotate({ SecretId: arn, ClientRequestToken, Step }, options)
  clock.pass(4 * minutes)
  await retireDue(options)
  expect(user.works(JSON.parse(await client.value()) as AccessKeyValue)).toBe(false)
})
