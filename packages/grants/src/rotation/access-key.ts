import { setTimeout as sleep } from 'node:timers/promises'
import type { AccessKeyMetadata, IAMClient } from '@aws-sdk/client-iam'
import type { STSClient } from '@aws-sdk/client-sts'
import { type Clock, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { jsonValue } from './json-value.ts'
import { RotationError } from './rotation-error.ts'
import type { Rotator } from './rotator.ts'

/** What a secret with an access key holds, and whatever else is in it. */
export interface AccessKeyValue {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Whose access key is rotated, and with what. */
export interface AccessKeyOptions {
  /** Name of the IAM user, without its path. Its keys are for this one secret. */
  readonly userName: string
  /** Default: made when first needed. */
  readonly iam?: Pick<IAMClient, 'send'>
  /** What a key is tried with: STS, as that key. Default: made for each key. */
  readonly stsAs?: (key: AccessKeyValue) => Pick<STSClient, 'send'>
  /** Settings of the clients that are made. */
  readonly clientSettings?: object
  /** For how long a new key may be refused before it counts as one that does not work, in milliseconds. Default: 20,000. */
  readonly patience?: number
  readonly clock?: Clock
}

const isClient = (client: unknown) => typeof (client as IAMClient)?.send === 'function'

const optionsSchema = v.strictObject({
  userName: v.pipe(v.string(), v.regex(/^[\w+=,.@-]{1,64}$/, 'must be the name of an IAM user')),
  iam: v.optional(v.custom<Pick<IAMClient, 'send'>>(isClient, 'must be an IAM client')),
  stsAs: v.optional(v.custom<NonNullable<AccessKeyOptions['stsAs']>>((it) => typeof it === 'function')),
  clientSettings: v.optional(
    v.custom<object>((it) => typeof it === 'object'),
    {},
  ),
  patience: v.optional(v.pipe(v.number(), v.minValue(0, 'must not be negative')), 20_000),
  clock: v.optional(
    v.custom<Clock>((it) => typeof it === 'object'),
    systemClock,
  ),
})

const parse = jsonValue('accessKeyId', 'secretAccessKey')

/**
 * Rotates the access key of an IAM user. There are never more than two keys: the old one is deactivated when the grace is
 * over, and deleted after as long again. The secret is JSON, `{"accessKeyId": …, "secretAccessKey": …}`; read it whole, since
 * two look-ups may be of two versions.
 *
 * A key of the user that no version of the secret holds was made by a run that was cut off, if nobody has ever used it, and is
 * deleted. One that was used is somebody's: the rotation is refused.
 *
 * @throws {InvalidOptions} naming the option.
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html#Using_RotateAccessKey
 *
 * @example
 * ```ts
 * import { accessKey } from '@causeway-aws/grants/rotation'
 *
 * export const ofLegacySender = accessKey({ userName: 'legacy-sender' })
 * ```
 */
export function accessKey(options: AccessKeyOptions): Rotator<AccessKeyValue> {
  const { userName, patience, clock, ...given } = parseOptions('accessKey', optionsSchema, options)
  const UserName = userName
  const commands = () => import('./iam-commands.ts')
  let made: Pick<IAMClient, 'send'> | undefined
  const iam = async () => {
    made ??= given.iam ?? new (await commands()).IAMClient(given.clientSettings)
    return made
  }

  async function keys(signal: AbortSignal | undefined): Promise<AccessKeyMetadata[]> {
    const { ListAccessKeysCommand } = await commands()
    const client = await iam()
    const answer = await client.send(new ListAccessKeysCommand({ UserName }), requestOf(signal))
    return answer.AccessKeyMetadata ?? []
  }

  async function deleteKey(AccessKeyId: string, signal: AbortSignal | undefined): Promise<void> {
    const { DeleteAccessKeyCommand } = await commands()
    const client = await iam()
    await client.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }), requestOf(signal)).catch(unlessGone)
  }

  /** The user that a key is of, as STS says. */
  async function userOf(key: AccessKeyValue, signal: AbortSignal | undefined): Promise<string> {
    const { GetCallerIdentityCommand, STSClient } = await commands()
    const credentials = { accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey }
    const sts = given.stsAs?.(key) ?? new STSClient({ ...given.clientSettings, credentials })
    const { Arn = '' } = await sts.send(new GetCallerIdentityCommand({}), requestOf(signal))
    return Arn
  }

  const isOfUser = (arn: string) => arn.includes(':user/') && arn.endsWith(`/${userName}`)

  return {
    parse,
    format: (value) => JSON.stringify(value),
    secretOf: ({ secretAccessKey }) => secretAccessKey,

    async create({ current, abandoned, signal }) {
      const arn = await userOf(current, signal).catch((cause: Error) => {
        throw new RotationError(
          'WrongCredential',
          `AWSCURRENT has the access key ${current.accessKeyId}, which STS refuses (${cause.name}). Put a working key of the user ${userName} into it, and rotate again.`,
          { cause },
        )
      })
      if (!isOfUser(arn)) {
        throw new RotationError(
          'WrongCredential',
          `AWSCURRENT has the access key ${current.accessKeyId} of ${arn}, and the tag of the secret says ${userName}. Mend one of the two.`,
        )
      }
      const all = await keys(signal)
      // In whichever account, STS says of a key. Somebody may have made a user of that name in one of their own.
      if (!all.some(({ AccessKeyId }) => AccessKeyId === current.accessKeyId)) {
        throw new RotationError(
          'WrongCredential',
          `AWSCURRENT has the access key ${current.accessKeyId} of ${arn}, which is none of the user ${userName} of this account. Put a working one of that into it, and rotate again.`,
        )
      }
      const left = new Set(abandoned.map(({ accessKeyId }) => accessKeyId))
      for (const { AccessKeyId = '' } of all) {
        if (AccessKeyId === current.accessKeyId) continue
        if (!left.has(AccessKeyId)) await refuseIfUsed(AccessKeyId, signal)
        await deleteKey(AccessKeyId, signal)
      }
      const { CreateAccessKeyCommand } = await commands()
      const { AccessKey } = await (await iam()).send(new CreateAccessKeyCommand({ UserName }), requestOf(signal))
      const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {}
      return { ...current, accessKeyId, secretAccessKey }
    },

    async set() {}, // it works from when it is made

    async test(pending, { signal }) {
      // A new key is not known everywhere at once.
      // https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
      const end = clock.monotonic() + patience
      for (;;) {
        try {
          const arn = await userOf(pending, signal)
          if (isOfUser(arn)) return
          throw new Error(`The access key ${pending.accessKeyId} is of ${arn}, not of ${userName}.`)
        } catch (error) {
          const isNew = error instanceof Error && error.name === 'InvalidClientTokenId'
          if (!isNew || clock.monotonic() >= end) throw error
          await sleep(1_000, undefined, signal && { signal })
        }
      }
    },

    async retire(replaced, { current, signal }) {
      if (replaced.accessKeyId === current.accessKeyId) return 'retired'
      const all = await keys(signal)
      const old = all.find(({ AccessKeyId }) => AccessKeyId === replaced.accessKeyId)
      if (old === undefined) return 'retired'
      if (!all.some(({ AccessKeyId, Status }) => AccessKeyId === current.accessKeyId && Status === 'Active')) {
        throw new RotationError(
          'WrongCredential',
          `The access key ${current.accessKeyId} in AWSCURRENT is not an active one of ${userName}, so ${replaced.accessKeyId} is left to it.`,
        )
      }
      if (old.Status === 'Inactive') {
        await deleteKey(replaced.accessKeyId, signal)
        return 'retired'
      }
      const { UpdateAccessKeyCommand } = await commands()
      const command = new UpdateAccessKeyCommand({ UserName, AccessKeyId: replaced.accessKeyId, Status: 'Inactive' })
      await (await iam()).send(command, requestOf(signal))
      return 'later'
    },
  }

  async function refuseIfUsed(AccessKeyId: string, signal: AbortSignal | undefined): Promise<void> {
    const { GetAccessKeyLastUsedCommand } = await commands()
    const client = await iam()
    const { AccessKeyLastUsed } = await client.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }), requestOf(signal))
    const { LastUsedDate, ServiceName } = AccessKeyLastUsed ?? {}
    if (LastUsedDate === undefined) return
    throw new RotationError(
      'CredentialInUse',
      `The user ${userName} has the access key ${AccessKeyId}, which is in no version of the secret and was used on ${LastUsedDate.toISOString()} for ${ServiceName}. A user has two keys at most: give whoever uses it another user, delete the key, and rotate again.`,
    )
  }
}

const requestOf = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal })

function unlessGone(error: unknown): void {
  if (!(error instanceof Error && /^NoSuchEntity/.test(error.name))) throw error
}
