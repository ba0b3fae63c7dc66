import {
  CreateSecretCommand,
  DescribeSecretCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'

const RotationLambdaARN = 'arn:aws:lambda:eu-central-2:111111111111:function:causeway-rotation-of-tests'

/** A secret of the sandbox, of a name of its own. */
export async function newSecret(client: SecretsManagerClient, value: string, tags: Record<string, string> = {}) {
  const Tags = Object.entries({ 'causeway:rotator': 'test', ...tags }).map(([Key, Value]) => ({ Key, Value }))
  const made = new CreateSecretCommand({ Name: `rotation-${crypto.randomUUID()}`, SecretString: value, Tags })
  const { ARN = '' } = await client.send(made)
  await client.send(new RotateSecretCommand({ SecretId: ARN, RotationLambdaARN, RotateImmediately: false }))
  return ARN
}

/** Begins a rotation, as RotateSecret does, and answers the version. */
export async function startRotation(client: SecretsManagerClient, SecretId: string): Promise<string> {
  const { VersionId = '' } = await client.send(new RotateSecretCommand({ SecretId }))
  return VersionId
}

/** Takes AWSPENDING away, as an administrator does so that another rotation can begin. */
export async function unlabelPending(client: SecretsManagerClient, SecretId: string): Promise<void> {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }))
  for (const [id, labels] of Object.entries(VersionIdsToStages)) {
    if (!labels.includes('AWSPENDING') || labels.includes('AWSCURRENT')) continue
    const given = { SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: id }
    await client.send(new UpdateSecretVersionStageCommand(given))
  }
}
