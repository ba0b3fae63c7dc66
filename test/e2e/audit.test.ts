import { generateKeyPairSync } from 'node:crypto'
import {
  DeleteObjectCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { createAudit } from '@causeway-aws/edge'
import { type AuditFinding, type AuditTotals, verifyAudit, writeDigest } from '@causeway-aws/edge/audit'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { forged, partsOf, replaceObjects } from './audit-mutation.ts'
import { all, entryOf, findingsOf, freshId, makeTrail, objectsOf, start, type Trail } from './audit-trail.ts'

const sandbox = testSandbox()
const kindsOf = (findings: readonly AuditFinding[]) => findings.map(({ kind }) => kind)

describe('an audit in a bucket with Object Lock', () => {
  let trail: Trail
  beforeAll(async () => {
    trail = await makeTrail(sandbox, { locked: true })
  })

  it('holds, and says how much it is', async () => {
    const totals: AuditTotals[] = []
    const { store, publicKey } = trail
    const onProgress = (now: AuditTotals) => void totals.push(now)
    const clock = { now: () => start + 3_000_000 }
    const options = { ...store, publicKeys: [publicKey], onProgress, clock }
    expect(await all(verifyAudit(options))).toEqual([])
    expect(totals.at(-1)).toEqual({
      digests: 3,
      strangeDigests: 0,
      objects: 9,
      records: 27,
      notYetDigested: 0,
      findings: 0,
      newestDigest: new Date(start + 3 * 900_000).toISOString(),
    })
  })

  it('is kept from those who would delete an object of it for good', async () => {
    const { client, bucket } = trail.store
    for (const under of ['records/', 'digests/']) {
      const [key = ''] = (await objectsOf(trail.store, under)).keys()
      const { Retention } = await client.send(new GetObjectRetentionCommand({ Bucket: bucket, Key: key }))
      expect(Retention?.Mode).toBe('COMPLIANCE')
      const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }))
      const version = { Bucket: bucket, Key: key, VersionId: Versions?.[0]?.VersionId }
      await expect(client.send(new DeleteObjectCommand(version))).rejects.toThrow(/object lock/i)
    }
  })

  it('does not hold for somebody who believes another key', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const kinds = kindsOf(await findingsOf({ ...trail, publicKey }))
    expect(kinds.filter((kind) => kind === 'digest-signature')).toHaveLength(3)
  })

  it('counts what no digest has yet, and wants one that is not older than an hour', async () => {
    const { store, publicKey, keyId, kms } = await makeTrail(sandbox, { locked: true })
    const clientConfig = clientOptions(await sandbox.credentials('home'))
    const later = { now: () => start + 3_000_000 }
    const audit = createAudit({
      bucket: store.bucket,
      prefix: store.prefix ?? '',
      client: clientConfig,
      node: 'late',
      clock: later,
    })
    await audit.write(entryOf(freshId()))
    let totals: AuditTotals | undefined
    const verify = (now: number) =>
      all(
        verifyAudit({
          ...store,
          publicKeys: [publicKey],
          clock: { now: () => now },
          onProgress: (so) => {
            totals = so
          },
        }),
      )
    expect(await verify(start + 3_000_000)).toEqual([])
    expect(totals).toMatchObject({ records: 28, notYetDigested: 1 })
    expect(kindsOf(await verify(start + 6_500_000))).toEqual(['digest-late'])
    await writeDigest({ ...store, kms, keyId, clock: later })
    expect(await verify(start + 6_500_000)).toEqual([])
    expect(totals).toMatchObject({ digests: 4, notYetDigested: 0 })
  })

  it('holds while a node writes to it and digests are signed', async () => {
    const { store, publicKey, keyId, kms } = await makeTrail(sandbox, { locked: true })
    const options = clientOptions(await sandbox.credentials('home'))
    const clock = { now: () => start + 3_000_000 }
    const place = { bucket: store.bucket, prefix: store.prefix ?? '', client: options, clock }
    const audit = createAudit({ ...place, node: 'late', flushAfter: 0 })
    await audit.write(entryOf(freshId()))
    await writeDigest({ ...store, kms, keyId, clock })
    let digests = 0
    const client = new S3Client(options)
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args)
          const { Prefix } = args.input as { Prefix?: string }
          if (commandName !== 'ListObjectVersionsCommand' || !Prefix?.endsWith('records/')) return answer
          await audit.write(entryOf(freshId()))
          digests += (await writeDigest({ ...store, kms, keyId, clock })) ? 1 : 0
          return answer
        },
      { step: 'initialize' },
    )
    expect(await findingsOf({ store: { ...store, client }, publicKey })).toEqual([])
    expect(digests).toBe(1)
    expect(await findingsOf({ store, publicKey })).toEqual([])
  })

  it('wants a digest that closes the last hour that is asked for: what the last ones had could have been cut off', async () => {
    const trail = await makeTrail(sandbox, { locked: false })
    const { store, publicKey, keyId, kms } = trail
    const options = { ...store, publicKeys: [publicKey], to: new Date(start) }
    const found = async (now: number) => all(verifyAudit({ ...options, clock: { now: () => now } }))
    const ended = start + 2_880_000
    const late = { kind: 'digest-late', key: 'node=orders/digests/' }
    expect(await found(ended + 600_000)).toEqual([])
    expect(await found(ended + 4_500_000)).toMatchObject([late])
    await writeDigest({ ...store, kms, keyId, clock: { now: () => ended + 900_000 } })
    expect(await found(ended + 172_800_000)).toEqual([])

    const [records, digests] = await Promise.all([objectsOf(store, 'records/'), objectsOf(store, 'digests/')])
    const isLast = (key: string) => /0000(0[23]\.json|02\.ndjson\.gz)$/.test(key)
    const before = new Map([...records, ...digests])
    await replaceObjects(store, before, new Map([...before].filter(([key]) => !isLast(key))))
    expect(await found(ended + 172_800_000)).toMatchObject([late])
  })

  it('names an object and a digest that were overwritten, with the record that differs, and those that were hidden', async () => {
    const changed = await makeTrail(sandbox, { locked: true })
    const { client, bucket } = changed.store
    const [overwritten = '', hidden = ''] = (await objectsOf(changed.store, 'records/')).keys()
    const [digest = '', hiddenDigest = ''] = (await objectsOf(changed.store, 'digests/')).keys()
    const body = (await objectsOf(changed.store, 'records/')).get(overwritten) ?? Buffer.of()
    const trackingId = JSON.parse(partsOf(body).lines[1] ?? '').trackingId
    const edited = forged(body, (lines) =>
      lines.map((line, index) => (index === 1 ? line.replace('processed', 'discarded') : line)),
    )
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: overwritten, Body: edited }))
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: digest, Body: 'nothing' }))
    for (const Key of [hidden, hiddenDigest]) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    const findings = await findingsOf(changed)
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'object-overwritten', key: overwritten, sequence: 0 }),
    )
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'record-edited', key: overwritten, trackingId }))
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'object-removed', key: hidden, sequence: 1 }))
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'digest-overwritten', key: digest, sequence: 0 }))
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'digest-removed', key: hiddenDigest, sequence: 1 }))
  })

  it('holds, and what is wrong is named, however few keys S3 lists at a time', async () => {
    const { store, publicKey } = await makeTrail(sandbox, { locked: true })
    const client = new S3Client(clientOptions(await sandbox.credentials('home')))
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) =>
          next(commandName === 'ListObjectVersionsCommand' ? { ...args, input: { ...args.input, MaxKeys: 2 } } : args),
      { step: 'initialize' },
    )
    const paged = { store: { ...store, client }, publicKey }
    expect(await findingsOf(paged)).toEqual([])
    const [, key = ''] = (await objectsOf(store, 'records/')).keys()
    for (const Body of ['1', '2', '3'])
      await store.client.send(new PutObjectCommand({ Bucket: store.bucket, Key: key, Body }))
    expect(await findingsOf(paged)).toContainEqual({
      kind: 'object-overwritten',
      key,
      sequence: 1,
      message: 'it has 4 versions, and should have one',
    })
  })

  it('gets one digest of two runs at the same time, and has no gap', async () => {
    const { store, keyId, kms, publicKey } = await makeTrail(sandbox, { locked: true })
    const run = () => writeDigest({ ...store, kms, keyId, clock: { now: () => start + 3_000_000 } })
    const written = await Promise.all([run(), run(), run()])
    expect(written.filter((digest) => digest !== undefined)).toHaveLength(1)
    expect(await findingsOf({ store, publicKey })).toEqual([])
  })
})
