import type { KeyObject } from 'node:crypto'
import { randomUUID } from 'node:crypto'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectLockConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { type AuditEntry, createAudit } from '@causeway-aws/edge'
import { type AuditFinding, type AuditStore, signingKey, verifyAudit, writeDigest } from '@causeway-aws/edge/audit'
import { type ClientOptions, clientOptions, type Sandbox } from '@causeway-aws/sandbox'

/** An audit in the sandbox, with three writers and a digest after each of three rounds. */
export interface Trail {
  readonly store: AuditStore
  readonly keyId: string
  readonly publicKey: KeyObject
  readonly kms: KMSClient
  /** The tracking ids of its records. */
  readonly trackingIds: readonly string[]
}

export const start: number = Date.UTC(2026, 0, 22, 9, 12)

export const freshId = (): string => randomUUID().replaceAll('-', '')

export const entryOf = (trackingId: string, previousTrackingIds: readonly string[] = []): AuditEntry => ({
  trackingId,
  previousTrackingIds,
  sourceNode: 'AROAEXAMPLEEXAMPLEEXA',
  sourceSession: 'orders-sender',
  messageType: 'order',
  outcome: 'processed',
  attributes: { attempts: 1 },
})

/** A bucket. One without Object Lock keeps no versions, so that whoever may write can change what is there. */
export async function makeBucket(client: S3Client, { locked }: { locked: boolean }): Promise<string> {
  const bucket = `audit-${randomUUID()}`
  await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: locked }))
  if (locked) {
    const DefaultRetention = { Mode: 'COMPLIANCE', Days: 1 } as const
    const ObjectLockConfiguration = { ObjectLockEnabled: 'Enabled', Rule: { DefaultRetention } } as const
    await client.send(new PutObjectLockConfigurationCommand({ Bucket: bucket, ObjectLockConfiguration }))
  }
  return bucket
}

export async function makeSigningKey(options: ClientOptions): Promise<{ kms: KMSClient; keyId: string }> {
  const kms = new KMSClient(options)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }))
  return { kms, keyId: KeyMetadata?.Arn ?? '' }
}

/** Writes the trail: nine objects of three records each, a quarter of an hour before the digest that has them. */
export async function makeTrail(
  sandbox: Sandbox,
  { locked, begun = start }: { locked: boolean; begun?: number },
): Promise<Trail> {
  const options = clientOptions(await sandbox.credentials('home'))
  const client = new S3Client(options)
  const { kms, keyId } = await makeSigningKey(options)
  const store = { client, bucket: await makeBucket(client, { locked }), prefix: 'node=orders/' }
  const trackingIds: string[] = []
  let now = begun
  const clock = { now: () => now }
  const place = { bucket: store.bucket, prefix: store.prefix, client: options, clock }
  const writers = ['orders', 'invoices', 'readings'].map((node) => createAudit({ ...place, node, flushAfter: 10_000 }))
  for (let round = 1; round <= 3; round += 1) {
    for (const writer of writers) {
      const ids = [freshId(), freshId(), freshId()]
      trackingIds.push(...ids)
      const written = ids.map((id) => writer.write(entryOf(id)))
      await writer.flush()
      await Promise.all(written)
    }
    now += 900_000
    await writeDigest({ ...store, kms, keyId, clock })
  }
  return { store, keyId, kms, publicKey: await signingKey(kms, keyId), trackingIds }
}

export async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const gathered: Item[] = []
  for await (const item of items) gathered.push(item)
  return gathered
}

/** What `verifyAudit` finds, fifty minutes after a trail was begun. */
export async function findingsOf(
  { store, publicKey }: Pick<Trail, 'store' | 'publicKey'>,
  now: number = start + 3_000_000,
): Promise<AuditFinding[]> {
  return all(verifyAudit({ ...store, publicKeys: [publicKey], clock: { now: () => now } }))
}

/** Every object under a prefix of the trail, by key. */
export async function objectsOf(
  { client, bucket, prefix = '' }: AuditStore,
  under: string,
): Promise<Map<string, Buffer>> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: `${prefix}${under}` }))
  const objects = new Map<string, Buffer>()
  for (const { Key = '' } of Contents) {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
    objects.set(Key, Buffer.from((await Body?.transformToByteArray()) ?? []))
  }
  return objects
}
