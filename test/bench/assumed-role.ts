import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import {
  type AssumedRoleOptions,
  type CredentialProvider,
  assumedRole as roleOf,
  trustPolicy,
} from '@causeway-aws/auth'
import { type Figure, measured } from './figure.ts'
import { startSandbox } from './sandbox.ts'

const calls = 10_000

/** Nanoseconds of a role whose session is held: what every request of an AWS client that uses it pays. */
export async function* assumedRole(): AsyncGenerator<Figure> {
  await using sandbox = await startSandbox()
  const externalId = 'an-external-id-for-the-benchmark'
  const trust = trustPolicy({ principal: 'arn:aws:iam::111111111111:user/administrator', externalIds: [externalId] })
  const { Role } = await new IAMClient(await sandbox.client('partner')).send(
    new CreateRoleCommand({ RoleName: 'orders-reader', AssumeRolePolicyDocument: JSON.stringify(trust) }),
  )
  const sts = new STSClient(await sandbox.client('home'))
  const role: AssumedRoleOptions = { roleArn: Role?.Arn ?? '', externalId, sts }

  const credentials = roleOf(role)
  yield measured('session held', await samplesOf(() => credentials))
  yield measured('session held, provider made anew', await samplesOf(() => roleOf(role)))
}

async function samplesOf(provider: () => CredentialProvider): Promise<number[]> {
  const samples: number[] = []
  for (let sample = 0; sample < 60; sample += 1) {
    const start = performance.now()
    for (let call = 0; call < calls; call += 1) await provider()()
    samples.push(((performance.now() - start) * 1e6) / calls)
  }
  return samples.slice(10)
}
