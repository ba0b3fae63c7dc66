import { DeleteObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createAudit } from '@causeway-aws/edge'
import { type AuditFinding, signingKey, verifyAudit, writeDigest } from '@causeway-aws/edge/audit'
import { clientOptions } from '@causeway-aws/sandbox'
import { describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { all, entryOf, freshId, makeBucket, makeSigningKey, objectsOf } from './audit-trail.ts'

const sandbox = testSandbox()
const hour = 3_600_000
const start = Date.UTC(2026, 0, 22, 9)
const hours = 5
/** Digests of an hour. */
const perHour = 3

interface Aged {
  /** The keys of the records' objects, and of the digests. */
  readonly records: readonly string[]
  readonly digests: readonly string[]
  expire(keys: readonly string[]): Promise<void>
  /** What is found from the hour on that comes so many after the first one. */
  findingsFrom(later: number | undefined): Promise<AuditFinding[]>
}

/** An audit with a record and three digests in each of five hours. */
async function makeAged({ locked }: { locked: boolean }): Promise<Aged> {
  const options = clientOptions(await sandbox.credentials('home'))
  const client = new S3Client(options)
  const signer = await makeSigningKey(options)
  const store = { client, bucket: await makeBucket(client, { locked }) }
  let now = start
  const clock = { now: () => now }
  const audit = createAudit({ bucket: store.bucket, node: 'orders', client: options, clock, flushAfter: 0 })
  for (let digest = 0; digest < hours * perHour; digest += 1) {
    if (digest % perHour === 0) await audit.write(entryOf(freshId()))
    await writeDigest({ ...store, ...signer, clock })
    now += hour / perHour
  }
  const publicKeys = [await signingKey(signer.kms, signer.keyId)]
  return {
    records: [...(await objectsOf(store, 'records/')).keys()],
    digests: [...(await objectsOf(store, 'digests/')).keys()],
    async expire(keys) {
      for (const Key of keys) await client.send(new DeleteObjectCommand({ Bucket: store.bucket, Key }))
    },
    findingsFrom: (later) =>
      all(
        verifyAudit({
          ...store,
          publicKeys,
          clock,
          ...(later !== undefined && { from: new Date(start + later * hour) }),
        }),
      ),
  }
}

describe.each([
  { locked: true, as: 'hidden, as a lifecycle rule does first' },
  { locked: false, as: 'deleted for good' },
])('an audit whose first two hours were $as', ({ locked }) => {
  it('holds from the hour on that is asked for, and not as a whole', async () => {
    const { records, digests, expire, findingsFrom } = await makeAged({ locked })
    expect(await findingsFrom(undefined)).toEqual([])
    await expire([...records.slice(0, 2), ...digests.slice(0, 2 * perHour)])
    expect(await findingsFrom(2)).toEqual([])
    expect(await findingsFrom(undefined)).toContainEqual(
      expect.objectContaining({ kind: 'digest-removed', key: digests[0], sequence: 0 }),
    )
  })

  it('holds when an earlier digest is still there, since a lifecycle rule keeps no order', async () => {
    const { records, digests, expire, findingsFrom } = await makeAged({ locked })
    await expire([...records.slice(0, 2), ...digests.slice(0, 2), ...digests.slice(3, 2 * perHour)])
    expect(await findingsFrom(2)).toEqual([])
  })

  it('does not hold when a later digest is gone, too, or all that reached back so far', async () => {
    const { records, digests, expire, findingsFrom } = await makeAged({ locked })
    const [removed = ''] = digests.slice(2 * perHour + 1)
    await expire([...records.slice(0, 2), ...digests.slice(0, 2 * perHour), removed])
    const found = expect.objectContaining({ kind: 'digest-removed', key: removed })
    expect(await findingsFrom(2)).toEqual([found])
    await expire(digests.slice(2 * perHour, 4 * perHour))
    expect(await findingsFrom(2)).toContainEqual(expect.objectContaining({ kind: 'digest-removed' }))
  })
})
