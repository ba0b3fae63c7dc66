import { hash } from 'node:crypto'
import { type KMSClient, SignCommand } from '@aws-sdk/client-kms'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { CausewayError, type Clock, parseOptions, systemClock } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type Digest, format, isSigned, openSince, type SignedDigest } from './digest.ts'
import { entriesUnder } from './entries.ts'
import type { AuditFinding } from './finding.ts'
import { grownChains } from './grown-chains.ts'
import { lastSequence, readDigest } from './last-digest.ts'
import { digestKey, hourOf, hoursLater, positionOf, recordsPrefix } from './layout.ts'
import { signingKey } from './signing-key.ts'
import { type AuditStore, bucketOf, type Store, storeEntries } from './store.ts'

/** Which audit gets a digest, and which key signs it. */
export interface DigestOptions extends AuditStore {
  readonly kms: KMSClient
  /** ARN of a KMS key for signing, ECC_NIST_P256. */
  readonly keyId: string
  /**
   * The key that `keyId` has replaced: one that it has signed may be the newest digest. It is asked for its public half
   * only when that is so. Default: none.
   */
  readonly replacedKeyId?: string
  /** Default: this machine's. */
  readonly clock?: Pick<Clock, 'now'>
}

/** A digest that was written. */
export interface WrittenDigest {
  readonly key: string
  readonly sequence: number
  /** How many chains it has. */
  readonly heads: number
  /** How many objects were new, and read. */
  readonly objects: number
  /** What is wrong with those. A chain's head in the digest is before what is wrong with it. */
  readonly findings: readonly AuditFinding[]
  /** Whether it reaches up to now. After a pause a digest has two hours at most: write another. */
  readonly complete: boolean
}

/** The digest before this one is not what this function wrote, so that none may be put after it. */
export class DigestError extends CausewayError {
  constructor(key: string, fault: string) {
    super(
      `The digest ${key} ${fault}; no digest is written after it. Run \`causeway audit verify\`, and see who wrote it.`,
      {
        code: 'DigestError',
      },
    )
  }
}

const optionsSchema = v.strictObject({
  ...storeEntries,
  kms: v.custom<KMSClient>((client) => typeof (client as KMSClient)?.send === 'function', 'must be a KMS client'),
  keyId: v.string('must be a string'),
  replacedKeyId: v.optional(v.string('must be a string')),
  clock: v.optional(
    v.custom<Pick<Clock, 'now'>>((clock) => typeof (clock as Clock)?.now === 'function', 'must be a clock'),
    systemClock,
  ),
})

const algorithm = 'ECDSA_SHA_256'

/** Not more than are open anyway, so that a run after a pause ends in time. */
const mostHours = 2

/**
 * Writes the next digest of an audit: how far each chain of records has come, signed, and with the hash of the digest
 * before it. What it has seen cannot be changed or cut off unnoticed any more. Only what is new is read. CloudTrail's
 * digest files are the model.
 *
 * @returns `undefined` when another run wrote this digest in the meantime.
 * @throws {DigestError} when the digest before it is not what it has to be.
 * @throws {InvalidOptions} naming the option.
 * @see https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 *
 * @example
 * ```ts
 * import { KMSClient } from '@aws-sdk/client-kms'
 * import { S3Client } from '@aws-sdk/client-s3'
 * import { writeDigest } from '@causeway-aws/edge/audit'
 *
 * const written = await writeDigest({
 *   client: new S3Client(),
 *   bucket: 'example-audit',
 *   kms: new KMSClient(),
 *   keyId: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 * })
 * process.stdout.write(`${written?.key}: ${written?.heads} chains\n`)
 * ```
 */
export async function writeDigest(options: DigestOptions): Promise<WrittenDigest | undefined> {
  const { kms, keyId, replacedKeyId, clock, ...store } = parseOptions('writeDigest', optionsSchema, options)
  const now = clock.now()
  const previous = await previousDigest(store, kms, [keyId, ...(replacedKeyId === undefined ? [] : [replacedKeyId])])
  const from = previous ? openSince(previous.digest) : await firstHour(store, hourOf(now))
  const latest = hoursLater(from, mostHours - 1)
  const to = [hourOf(now), latest].sort()[0] ?? latest
  const { heads, findings, objects } = await grownChains(store, previous?.digest.heads ?? [], from, to)
  const digest: Digest = {
    format,
    bucket: store.bucket,
    prefix: store.prefix,
    sequence: previous ? previous.digest.sequence + 1 : 0,
    datetime: new Date(now).toISOString(),
    previousHash: previous?.hash ?? null,
    from,
    to,
    heads,
    keyId,
    algorithm,
  }
  const key = digestKey(store.prefix, digest.sequence)
  const signed = JSON.stringify(digest)
  const body = Buffer.from(`${signed}\n${await sign(kms, keyId, signed)}\n`)
  if (!(await create(store, key, body))) return undefined
  return { key, sequence: digest.sequence, heads: heads.length, objects, findings, complete: to === hourOf(now) }
}

async function previousDigest(
  store: Store,
  kms: KMSClient,
  keyIds: readonly string[],
): Promise<SignedDigest | undefined> {
  const sequence = await lastSequence(store)
  if (sequence === -1) return undefined
  const key = digestKey(store.prefix, sequence)
  const previous = await readDigest(store, key)
  if (previous === undefined) throw new DigestError(key, 'is not one that can be read')
  if (!(await isSignedByOne(previous, kms, keyIds)))
    throw new DigestError(key, `is not signed by ${keyIds.join(' or ')}`)
  const { bucket, prefix, sequence: said } = previous.digest
  if (bucket !== store.bucket || prefix !== store.prefix || said !== sequence) {
    throw new DigestError(key, `is that of another place, digest ${said} of s3://${bucket}/${prefix}`)
  }
  return previous
}

/** A key is not asked for when one before it has signed: it may be disabled by then. */
async function isSignedByOne(digest: SignedDigest, kms: KMSClient, keyIds: readonly string[]): Promise<boolean> {
  for (const keyId of keyIds) if (isSigned(digest, [await signingKey(kms, keyId)])) return true
  return false
}

/** The hour of the first object of all. */
async function firstHour(store: Store, now: string): Promise<string> {
  for await (const { key } of entriesUnder(store, recordsPrefix(store.prefix))) {
    const position = positionOf(store.prefix, key)
    if (position) return position.hour < now ? position.hour : now
  }
  return now
}

/** RAW messages end at 4,096 bytes: https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html */
async function sign(kms: KMSClient, keyId: string, text: string): Promise<string> {
  const { Signature = [] } = await kms.send(
    new SignCommand({
      KeyId: keyId,
      Message: hash('sha256', text, 'buffer'),
      MessageType: 'DIGEST',
      SigningAlgorithm: algorithm,
    }),
  )
  return Buffer.from(Signature).toString('base64')
}

/** Stores a digest where there is none: of two runs at the same time one finds that the other has. */
async function create(store: Store, key: string, body: Buffer): Promise<boolean> {
  try {
    await store.client.send(
      new PutObjectCommand({
        ...bucketOf(store),
        Key: key,
        Body: body,
        ContentType: 'application/x-ndjson',
        IfNoneMatch: '*',
      }),
    )
    return true
  } catch (error) {
    if (!(error instanceof Error && error.name === 'PreconditionFailed')) throw error
    // Our own, when the answer to an attempt of the client's was lost.
    const { Body } = await store.client.send(new GetObjectCommand({ ...bucketOf(store), Key: key }))
    return body.equals((await Body?.transformToByteArray()) ?? new Uint8Array())
  }
}
