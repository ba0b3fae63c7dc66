import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { createAudit } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { causeway } from '../causeway.ts'
import { sandboxDirectory, testSandbox } from '../sandbox.ts'
import { entryOf, freshId, makeBucket, makeTrail, objectsOf, type Trail } from './audit-trail.ts'

const sandbox = testSandbox()
let env: Record<string, string>
let trail: Trail
/** So that its newest digest is made now. */
const begun = Date.now() - 2_700_000

beforeAll(async () => {
  env = await sandbox.environment('home')
  trail = await makeTrail(sandbox, { locked: true, begun })
})

describe('causeway audit verify', () => {
  const place = () => ['audit', 'verify', '--bucket', trail.store.bucket, '--prefix', 'node=orders/']

  it('says in a sentence that all holds, by the key that it asks KMS for, or by one in a file', async () => {
    const byKms = await causeway([...place(), '--key', trail.keyId], { env })
    expect(byKms).toMatchObject({ code: 0, stderr: '' })
    const newest = new Date(begun + 2_700_000).toISOString()
    expect(byKms.stdout).toBe(`All holds: 27 records in 9 objects, 3 digests, the newest of ${newest}.\n`)
    const file = join(sandboxDirectory(), 'audit.pem')
    await writeFile(file, trail.publicKey.export({ type: 'spki', format: 'pem' }))
    expect(await causeway([...place(), '--public-key', file], { env })).toMatchObject({ code: 0, stdout: byKms.stdout })
  })

  const time = (milliseconds: number) => new Date(milliseconds).toISOString()

  it('says so of the hours that are given only', async () => {
    const before = await causeway([...place(), '--key', trail.keyId, '--to', time(begun - 3_600_000), '--json'], {
      env,
    })
    expect(JSON.parse(before.stdout)).toMatchObject({ holds: true, totals: { objects: 0 } })
    const { code, stdout } = await causeway([...place(), '--key', trail.keyId, '--to', time(begun - 3_600_000)], {
      env,
    })
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^Nothing is recorded there: 0 records/),
    })
    const during = await causeway([...place(), '--key', trail.keyId, '--from', time(begun), '--json'], { env })
    expect(JSON.parse(during.stdout)).toMatchObject({ holds: true, totals: { objects: 9, digests: 3 } })
  })

  it('names what is wrong, one thing a line, and ends with 1', async () => {
    const changed = await makeTrail(sandbox, { locked: true, begun })
    const { client, bucket } = changed.store
    const [key = ''] = (await objectsOf(changed.store, 'records/')).keys()
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }))
    const args = ['audit', 'verify', '--bucket', bucket, '--prefix', 'node=orders/', '--key', changed.keyId]
    const { code, stdout } = await causeway(args, { env })
    expect(code).toBe(1)
    expect(stdout.split('\n')).toEqual([
      `object-removed       ${key}  object 0  it was deleted`,
      expect.stringMatching(/^1 thing is wrong: 27 records in 9 objects/),
      '',
    ])
    const { findings } = JSON.parse((await causeway([...args, '--json'], { env })).stdout)
    expect(findings).toEqual([{ kind: 'object-removed', key, sequence: 0, message: 'it was deleted' }])
  })

  it('says that none of the digests is signed by the key given', async () => {
    const file = join(sandboxDirectory(), 'other.pem')
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    await writeFile(file, publicKey.export({ type: 'spki', format: 'pem' }))
    const { code, stdout } = await causeway([...place(), '--public-key', file], { env })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /\ndigest-late +\S+ {2}none of the 3 digests is signed by the key that was given\n4 things are/,
    )
    expect(stdout).toMatch(/27 records in 9 objects, no digest by a key that was given, 3 by another; 27 of the/)
  })

  it('says that there is no audit under a prefix', async () => {
    const args = ['audit', 'verify', '--bucket', trail.store.bucket, '--key', trail.keyId]
    const elsewhere = await causeway([...args, '--prefix', 'node=order/'], { env })
    expect(elsewhere).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/neither a digest nor a record: an audit/),
    })
  })

  it('refuses a key that no digest can be signed with, from a file or from KMS', async () => {
    const file = join(sandboxDirectory(), 'rsa.pem')
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    await writeFile(file, publicKey.export({ type: 'spki', format: 'pem' }))
    const sentence = expect.stringMatching(/is of another kind \(rsa\)\. An audit's is on P-256/)
    expect(await causeway([...place(), '--public-key', file], { env })).toMatchObject({ code: 2, stderr: sentence })
    const kms = new KMSClient(clientOptions(await sandbox.credentials('home')))
    const key = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }))
    const arn = key.KeyMetadata?.Arn ?? ''
    expect(await causeway([...place(), '--key', arn], { env })).toMatchObject({ code: 2, stderr: sentence })
  })

  it('says which action failed, on what, and what to do', async () => {
    const verify = (...flags: string[]) => causeway(['audit', 'verify', ...flags], { env })
    const nowhere = await verify('--bucket', 'no-such-bucket', '--key', trail.keyId)
    expect(nowhere.stderr).toMatch(
      /^s3:ListBucketVersions on s3:\/\/no-such-bucket\/ failed: NoSuchBucket: .* `aws s3 ls`/,
    )
    const unknown = await verify('--bucket', trail.store.bucket, '--key', 'alias/nope')
    expect(unknown.stderr).toMatch(
      /^kms:GetPublicKey on alias\/nope failed: NotFoundException: .* Give the ARN of a key/,
    )
    const partner = await sandbox.environment('partner')
    const denied = await causeway(['audit', 'trace', freshId(), '--bucket', trail.store.bucket], { env: partner })
    expect(denied.stderr).toMatch(
      /^s3:ListBucketVersions on s3:\/\/.* failed: AccessDenied: .* You need s3:ListBucketVer/,
    )
    const others = await verify('--bucket', trail.store.bucket, '--key', trail.keyId, '--bucket-owner', '222222222222')
    expect(others.stderr).toMatch(
      / Either the bucket is not account 222222222222's, as --bucket-owner has it, or: You need /,
    )
    expect([nowhere.code, unknown.code, denied.code, others.code]).toEqual([1, 1, 1, 1])
  })

  it.each([
    [['--key', 'KEY', '--from', '2999-01-01'], '--from 2999-01-01T00:00:00.000Z is still to come'],
    [[], '--public-key FILE or --key ARN'],
    [['--public-key', 'package.json'], 'package.json is no public key in PEM'],
    [['--key', 'x', '--from', 'yesterday'], 'Expected a day or a time in UTC'],
    [['--key', 'x', '--to', '2026-02-30T15:00Z'], 'Expected a day or a time in UTC'],
    [['--key', 'KEY', '--from', '2026-11-22', '--to', '2026-11-20'], 'is after --to 2026-11-20T00:00:00.000Z'],
    [['--key', 'KEY', '--prefix', 'orders'], '--prefix must be empty or a path that ends in a slash'],
  ])('says what is wrong with %j, in the words of the command line', async (flags, sentence) => {
    const typed = flags.map((flag) => (flag === 'KEY' ? trail.keyId : flag))
    const ended = await causeway(['audit', 'verify', '--bucket', trail.store.bucket, ...typed], { env })
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(sentence) })
  })
})

describe('causeway audit trace', () => {
  it("draws a message's way through the audits of several nodes", async () => {
    const client = clientOptions(await sandbox.credentials('home'))
    const [orders, invoices] = await Promise.all([
      makeBucket(trail.store.client, { locked: true }),
      makeBucket(trail.store.client, { locked: true }),
    ])
    const [order, invoice, receipt, other] = [freshId(), freshId(), freshId(), freshId()]
    const options = { client, flushAfter: 0 }
    const first = createAudit({ ...options, bucket: orders, node: 'orders' })
    const second = createAudit({ ...options, bucket: invoices, node: 'invoices' })
    await first.write(entryOf(order))
    await first.write(entryOf(other))
    await second.write({
      ...entryOf(invoice, [order]),
      sourceNode: 'orders',
      sourceSession: undefined,
      messageType: 'invoice',
    })
    await second.write({
      ...entryOf(receipt, [order, invoice]),
      sourceNode: 'invoices',
      sourceSession: '-> x',
      outcome: 'dead',
    })
    const { code, stdout } = await causeway(['audit', 'trace', invoice, '--bucket', orders, invoices], { env })
    expect(code).toBe(0)
    expect(stdout.replaceAll(/^\S+/gm, 'TIME')).toBe(
      [
        `TIME  AROAEXAMPLEEXAMPLEEXA ("orders-sender") -> orders  order  processed  ${order}`,
        `TIME  └─ orders -> invoices  invoice  processed  ${invoice}`,
        `TIME     └─ invoices ("-> x") -> invoices  order  dead  ${receipt}`,
        '',
      ].join('\n'),
    )
    const { stdout: json } = await causeway(['audit', 'trace', receipt, '--bucket', orders, invoices, '--json'], {
      env,
    })
    expect(JSON.parse(json)).toMatchObject({
      messages: [{ trackingId: order, children: [{ trackingId: invoice }] }],
      unread: [],
    })
  })

  it('says which objects could not be read, and that the trace may be incomplete', async () => {
    const { client } = trail.store
    const damaged = await makeBucket(client, { locked: false })
    const audit = createAudit({
      client: clientOptions(await sandbox.credentials('home')),
      bucket: damaged,
      node: 'orders',
      flushAfter: 0,
    })
    const [order, lost] = [freshId(), freshId()]
    await audit.write(entryOf(order))
    await audit.write(entryOf(lost))
    const objects = await objectsOf({ client, bucket: damaged }, 'records/')
    const [Key = '', body = Buffer.of()] = [...objects].at(-1) ?? []
    await client.send(new PutObjectCommand({ Bucket: damaged, Key, Body: body.subarray(0, -9) }))
    const trace = (id: string, ...flags: string[]) =>
      causeway(['audit', 'trace', id, '--bucket', damaged, ...flags], { env })
    const reason = 'it cannot be read: unexpected end of file'
    const found = await trace(order)
    expect(found).toMatchObject({ code: 1, stdout: expect.stringContaining(order) })
    expect(found.stderr).toBe(
      `s3://${damaged}/${Key}: ${reason}\n1 object could not be read whole, so the trace may be incomplete. \`causeway audit verify\` says what is wrong with the audit.\n`,
    )
    expect(JSON.parse((await trace(order, '--json')).stdout)).toMatchObject({
      messages: [{ trackingId: order }],
      unread: [{ bucket: damaged, key: Key, reason }],
    })
    expect(await trace(freshId())).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/so it is not known whether there is a record of the message\./),
    })
  })

  it('says that its caller may not read the records, and not that there are none', async () => {
    const options = clientOptions(await sandbox.credentials('home'))
    const iam = new IAMClient(options)
    const RoleName = 'audit-lister'
    const Principal = { AWS: 'arn:aws:iam::111111111111:root' }
    const trust = { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'sts:AssumeRole', Principal } }
    const { Role } = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }),
    )
    const Statement = {
      Effect: 'Allow',
      Action: 's3:ListBucketVersions',
      Resource: `arn:aws:s3:::${trail.store.bucket}`,
    }
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'list', PolicyDocument }))
    const place = ['--bucket', trail.store.bucket, '--prefix', 'node=orders/', '--role-arn', Role?.Arn ?? '']
    const ended = await causeway(['audit', 'trace', trail.trackingIds[0] ?? '', ...place, '--json'], { env })
    expect(ended).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^s3:GetObject on s3:\/\/.*\.ndjson\.gz failed: AccessDenied: .* You need s3:GetObject on it/,
      ),
    })
  })

  it.each(['xyz', freshId().toUpperCase(), freshId().slice(1)])('says that %s is no tracking id', async (id) => {
    const ended = await causeway(['audit', 'trace', id, '--bucket', trail.store.bucket], { env })
    const sentence = expect.stringMatching(
      /argument 'id'\. Expected the 32 hex digits, in lower case, that edge send prints/,
    )
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: sentence })
  })

  it.each([
    ['node=orders/', /^There is no record of [0-9a-f]{32} since \S+ in s3:\/\/\S+\/node=orders\/\. /],
    [
      'node=order/',
      /^Nothing at all is recorded since \S+ in s3:\/\/\S+\/node=order\/\. See that --bucket and --prefix/,
    ],
  ])('says that there is no record, and where it looked: %s', async (prefix, sentence) => {
    const args = ['audit', 'trace', freshId(), '--bucket', trail.store.bucket, '--prefix', prefix]
    expect(await causeway(args, { env })).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(sentence),
    })
  })

  it('says what is wrong with a prefix, in the words of the command line', async () => {
    const args = ['audit', 'trace', freshId(), '--bucket', trail.store.bucket, '--prefix', 'node=orders/', 'orders']
    expect(await causeway(args, { env })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: '--prefix must be empty or a path that ends in a slash.\n',
    })
  })
})
