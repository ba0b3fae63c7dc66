import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import * as labels from './labels.ts'
import type { Pace } from './pace.ts'

/** A secret as Secrets Manager describes it: no value. */
export interface DescribedSecret {
  readonly arn: string
  readonly tags: Readonly<Record<string, string>>
  /** ARN of its rotation function, where it has one. */
  readonly rotatedBy: string | undefined
  /** The staging labels of each version that has any, by its id. */
  readonly versions: ReadonlyMap<string, readonly string[]>
}

/** The few things that rotation does with versions of secrets. */
export interface SecretVersions {
  describe(secretId: string): Promise<DescribedSecret>
  /** Every secret with this tag, with the labels of its versions. */
  list(tag: string): AsyncIterable<DescribedSecret>
  /** What a version holds; undefined while it is empty. */
  value(secretId: string, version: string): Promise<string | undefined>
  /** Fills the version that is being made. */
  put(secretId: string, version: string, value: string, rotationToken: string | undefined): Promise<void>
  /** Puts a label on a version, from another one where that has it. */
  label(secretId: string, label: string, to: string, from?: string): Promise<void>
  unlabel(secretId: string, label: string, from: string): Promise<void>
}

/** What {@link secretVersions} works with. */
export interface SecretVersionsOptions {
  readonly client: Pick<SecretsManagerClient, 'send'>
  /** Asked before each request that changes something. */
  readonly pace?: Pace
  readonly signal?: AbortSignal
}

/** Versions of secrets in Secrets Manager. */
export function secretVersions({ client, pace = async () => {}, signal }: SecretVersionsOptions): SecretVersions {
  const request = signal && { abortSignal: signal }
  return {
    async describe(secretId) {
      const found = await client.send(new DescribeSecretCommand({ SecretId: secretId }), request)
      return describedSecret({ ...found, SecretVersionsToStages: found.VersionIdsToStages })
    },

    async *list(tag) {
      let NextToken: string | undefined
      do {
        const command = new ListSecretsCommand({
          MaxResults: 100,
          Filters: [{ Key: 'tag-key', Values: [tag] }],
          ...(NextToken !== undefined && { NextToken }),
        })
        const page = await client.send(command, request)
        // The filter takes the beginning of a tag's key for all of it.
        for (const entry of page.SecretList ?? []) {
          const secret = describedSecret(entry)
          if (tag in secret.tags) yield secret
        }
        NextToken = page.NextToken
      } while (NextToken !== undefined)
    },

    async value(secretId, version) {
      try {
        const command = new GetSecretValueCommand({ SecretId: secretId, VersionId: version })
        return (await client.send(command, request)).SecretString
      } catch (error) {
        // A version that RotateSecret has just made has no value yet.
        if (error instanceof ResourceNotFoundException) return undefined
        throw error
      }
    },

    async put(secretId, version, value, rotationToken) {
      await pace(signal)
      const command = new PutSecretValueCommand({
        SecretId: secretId,
        ClientRequestToken: version,
        SecretString: value,
        VersionStages: [labels.pending, labels.made],
        ...(rotationToken !== undefined && { RotationToken: rotationToken }),
      })
      await client.send(command, request)
    },

    async label(secretId, label, to, from) {
      await pace(signal)
      const command = new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: label,
        MoveToVersionId: to,
        ...(from !== undefined && { RemoveFromVersionId: from }),
      })
      await client.send(command, request)
    },

    async unlabel(secretId, label, from) {
      await pace(signal)
      const command = new UpdateSecretVersionStageCommand({
        SecretId: secretId,
        VersionStage: label,
        RemoveFromVersionId: from,
      })
      await client.send(command, request)
    },
  }
}

interface SecretEntry {
  readonly ARN?: string | undefined
  readonly Tags?: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined
  readonly RotationLambdaARN?: string | undefined
  readonly SecretVersionsToStages?: Readonly<Record<string, readonly string[]>> | undefined
}

function describedSecret({
  ARN = '',
  Tags = [],
  RotationLambdaARN,
  SecretVersionsToStages = {},
}: SecretEntry): DescribedSecret {
  return {
    arn: ARN,
    tags: Object.fromEntries(Tags.map(({ Key = '', Value = '' }) => [Key, Value])),
    rotatedBy: RotationLambdaARN,
    versions: new Map(Object.entries(SecretVersionsToStages)),
  }
}

/** The id of the version that has a label. */
export function versionWith({ versions }: DescribedSecret, label: string): string | undefined {
  for (const [id, its] of versions) if (its.includes(label)) return id
  return undefined
}

/** A version that rotation has replaced and that is not retired yet. */
export interface ReplacedVersion {
  readonly id: string
  /** From when on it may be retired. */
  readonly due: number
  /** The labels that say so: two, where a run was cut off between them. */
  readonly labels: readonly string[]
}

/** What rotation has replaced and not retired yet. */
export function replacedVersions({ versions }: DescribedSecret): ReplacedVersion[] {
  return [...versions].flatMap(([id, its]) => {
    if (its.includes(labels.current)) return [] // somebody has gone back to it
    const times = its.flatMap((label) => labels.retireTime(label) ?? [])
    if (times.length === 0) return []
    return { id, due: Math.max(...times), labels: its.filter((label) => labels.retireTime(label) !== undefined) }
  })
}

/**
 * What a rotation has replaced without saying from when on it may be retired: it was cut off in its last step. What is
 * retired is not AWSPREVIOUS any more, and what somebody has put into the secret by hand has not been made.
 */
export function unmarkedVersion(secret: DescribedSecret): string | undefined {
  const labelsOf = (id: string | undefined) => secret.versions.get(id ?? '') ?? []
  if (!labelsOf(versionWith(secret, labels.current)).includes(labels.made)) return undefined
  const id = versionWith(secret, labels.previous)
  return labelsOf(id).some((label) => labels.retireTime(label) !== undefined) ? undefined : id
}
