import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { externalId } from '@causeway-aws/auth'

/** The one that is used, and the one that it has replaced. */
type Stage = 'AWSCURRENT' | 'AWSPREVIOUS'

/**
 * Keeps ExternalIds in Secrets Manager, a secret each: readers take the ARN of one, its versions are what a rotation needs,
 * and a switch is one request, so that nobody reads half of it.
 */
export interface ExternalIds {
  /** Makes one, and gives its reference. */
  create(id: string): Promise<string>
  /** The value at a stage, or of a version; undefined where there is none. */
  value(reference: string, of: Stage | { version: string }): Promise<string | undefined>
  /** Makes the next one beside the present one, under the version that it is to have, unless it is there. */
  offer(reference: string, version: string): Promise<void>
  /** Makes a version the present one, unless it is. */
  promote(reference: string, version: string): Promise<void>
  isCurrent(reference: string, version: string): Promise<boolean>
  /** Forgets the one before. */
  dropPrevious(reference: string): Promise<void>
  /** Forgets all. Secrets Manager gives it back for seven days. */
  remove(reference: string): Promise<void>
}

const idOf = (reference: string): string => reference.slice('secret:'.length)

export function externalIds(open: () => Promise<SecretsManagerClient>): ExternalIds {
  const sdk = () => import('@aws-sdk/client-secrets-manager')

  /** The stages of each version. */
  async function stagesOf(reference: string): Promise<Readonly<Record<string, readonly string[]>>> {
    const { DescribeSecretCommand } = await sdk()
    const client = await open()
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: idOf(reference) }))
    return VersionIdsToStages
  }

  async function versionAt(reference: string, stage: Stage): Promise<string | undefined> {
    const stages = await stagesOf(reference)
    return Object.keys(stages).find((version) => stages[version]?.includes(stage))
  }

  async function move(reference: string, stage: Stage, from: string | undefined, to?: string): Promise<void> {
    const { UpdateSecretVersionStageCommand } = await sdk()
    const client = await open()
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: idOf(reference),
        VersionStage: stage,
        ...(from && { RemoveFromVersionId: from }),
        ...(to && { MoveToVersionId: to }),
      }),
    )
  }

  return {
    async create(id) {
      const { CreateSecretCommand } = await sdk()
      const client = await open()
      const { ARN = '' } = await client.send(
        new CreateSecretCommand({
          Name: `causeway/grants/${id}`,
          Description: `The ExternalId of the grant ${id}`,
          SecretString: externalId(),
        }),
      )
      return `secret:${ARN}`
    },
    async value(reference, of) {
      const VersionId = typeof of === 'string' ? await versionAt(reference, of) : of.version
      if (VersionId === undefined) return undefined
      const { GetSecretValueCommand } = await sdk()
      const client = await open()
      const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: idOf(reference), VersionId }))
      return SecretString
    },
    async offer(reference, version) {
      if (Object.hasOwn(await stagesOf(reference), version)) return
      const { PutSecretValueCommand } = await sdk()
      const client = await open()
      await client.send(
        new PutSecretValueCommand({
          SecretId: idOf(reference),
          SecretString: externalId(),
          ClientRequestToken: version,
          VersionStages: ['AWSPENDING'],
        }),
      )
    },
    async promote(reference, version) {
      const current = await versionAt(reference, 'AWSCURRENT')
      // AWS moves AWSPREVIOUS along: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
      if (current !== version) await move(reference, 'AWSCURRENT', current, version)
    },
    isCurrent: async (reference, version) => (await versionAt(reference, 'AWSCURRENT')) === version,
    async dropPrevious(reference) {
      const previous = await versionAt(reference, 'AWSPREVIOUS')
      if (previous !== undefined) await move(reference, 'AWSPREVIOUS', previous)
    },
    async remove(reference) {
      const { DeleteSecretCommand, InvalidRequestException, ResourceNotFoundException } = await sdk()
      const client = await open()
      try {
        await client.send(new DeleteSecretCommand({ SecretId: idOf(reference), RecoveryWindowInDays: 7 }))
      } catch (error) {
        // It is deleted already.
        if (!(error instanceof ResourceNotFoundException || error instanceof InvalidRequestException)) throw error
      }
    },
  }
}
