import { expect, it } from 'vitest'
import { accessKey } from '../../src/rotation/access-key.ts'
import { evenPace } from '../../src/rotation/pace.ts'
import { retireDue } from '../../src/rotation/retire.ts'
import { rotate } from '../../src/rotation/rotate.ts'
import type { Rotator } from '../../src/rotation/rotator.ts'
import { secretVersions } from '../../src/rotation/secret-versions.ts'
import { rotationSteps } from '../../src/rotation/steps.ts'
import { fakeIam } from './fake-iam.ts'
import { fakeSecretsManager } from './fake-secrets-manager.ts'
import { virtualTime } from './virtual-time.ts'

/**
 * What Secrets Manager takes in a second, by AWS's page; what is on one line counts together.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
 */
const published = [
  { commands: ['DescribeSecretCommand', 'GetSecretValueCommand'], perSecond: 10_000 },
  { commands: ['PutSecretValueCommand', 'UpdateSecretVersionStageCommand'], perSecond: 50 },
  { commands: ['ListSecretsCommand'], perSecond: 100 },
] as const

/** Of IAM no rates are published, but that there are some: changes of keys are held to be few. */
const ofIam = {
  commands: ['CreateAccessKeyCommand', 'UpdateAccessKeyCommand', 'DeleteAccessKeyCommand'],
  perSecond: 10,
}

/** As in infra/credential-rotation.yaml: as many containers at the same time, and so many changes a second in each. */
const containers = 5
const changesPerSecond = 5

it('rotates and retires 1,000 access keys within the published rates, all due at the same time', async () => {
  const time = virtualTime()
  const requests: { name: string; at: number }[] = []
  const onRequest = (name: string) => void requests.push({ name, at: time.clock.monotonic() })
  const manager = fakeSecretsManager({ onRequest })
  const users = new Map<string, ReturnType<typeof fakeIam>>()
  const waiting = Array.from({ length: 1_000 }, (_, number) => {
    const user = fakeIam(`sender-${number}`, { onRequest })
    const arn = manager.make(`sender-${number}`, JSON.stringify(user.make()), { 'causeway:rotator': 'access-key' })
    users.set(arn, user)
    return { arn, number }
  })
  const all = waiting.length
  const rotatorOf = ({ arn }: { arn: string }) => {
    const { iam, stsAs } = users.get(arn) as ReturnType<typeof fakeIam>
    const userName = arn.replace(/.*:secret:(.*)-\w{6}$/, '$1')
    return accessKey({ userName, iam, stsAs }) as Rotator<unknown>
  }
  const container = () => {
    const pace = evenPace(changesPerSecond, { clock: time.clock, wait: time.wait })
    return { versions: secretVersions({ client: manager.client, pace }), rotatorOf, clock: time.clock }
  }

  const worker = async () => {
    const options = container()
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const ClientRequestToken = manager.begin(next.arn)
      for (const Step of rotationSteps) await rotate({ SecretId: next.arn, ClientRequestToken, Step }, options)
    }
  }
  await time.until(Promise.all(Array.from({ length: containers }, worker)))
  const rotatedIn = time.clock.monotonic() / 1_000

  const retired = { retired: 0, later: 0 }
  for (let run = 0; retired.retired < all; run += 1) {
    expect(run).toBeLessThan(20)
    await time.until(Promise.all([time.wait(300_000), retireDue(container())])).then(([, summary]) => {
      retired.retired += summary.retired
      retired.later += summary.later
    })
  }
  expect(retired).toEqual({ retired: all, later: all })
  for (const { keys } of users.values()) expect(keys.size).toBe(1)

  const report = [...published, ofIam].map(({ commands, perSecond }) => {
    const most = mostInASecond(requests.filter(({ name }) => (commands as readonly string[]).includes(name)))
    expect(most, commands.join(' and ')).toBeLessThanOrEqual(perSecond)
    return `${commands.join(' + ')}: ${most} of ${perSecond} a second`
  })
  process.stdout.write(`1,000 rotations in ${Math.round(rotatedIn)} s of the clock. ${report.join('; ')}\n`)
}, 60_000)

/** The most requests that fall into any one second. */
function mostInASecond(requests: readonly { readonly at: number }[]): number {
  const times = requests.map(({ at }) => at).toSorted((a, b) => a - b)
  let from = 0
  let most = 0
  for (const [to, at] of times.entries()) {
    while ((times[from] ?? at) <= at - 1_000) from += 1
    most = Math.max(most, to - from + 1)
  }
  return most
}
