import { hash } from 'node:crypto'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { policies } from '@causeway-aws/auth'
import { accountIds, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { causeway, type Ended, shell } from '../../causeway.ts'
import { sandboxDirectory, testSandbox, variablesOf } from '../../sandbox.ts'
import { type PartnerRole, partnerRole } from './partner-role.ts'

const sandbox = testSandbox()
let partner: S3Client
let home: Record<string, string>
beforeAll(async () => {
  partner = new S3Client({ ...clientOptions(await sandbox.credentials('partner')), forcePathStyle: true })
  home = await variablesOf('home')
})

let bucket: string
let role: PartnerRole
let folder: string
/** What home's shell has: the ExternalId in a variable, as no argument may hold it. */
let env: Record<string, string>
beforeEach(async () => {
  bucket = `exports-${crypto.randomUUID()}`
  await partner.send(new CreateBucketCommand({ Bucket: bucket }))
  role = await partnerRole(sandbox, policies.s3Read(bucket, 'orders/'))
  folder = await mkdtemp(join(sandboxDirectory(), 's3-'))
  env = { ...home, EXTERNAL_ID: role.externalId }
})

const byRole = () => ['--role-arn', role.arn, '--external-id-from', 'env:EXTERNAL_ID']
const s3 = (...args: string[]): Promise<Ended> =>
  causeway(['s3', ...args, '--bucket', bucket, '--prefix', 'orders/', ...byRole()], { env })
const read = (...args: string[]) => s3('read', ...args)

const put = (Key: string, Body: string | Buffer) => partner.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))
const orders = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `{"id":${from + index}}`)
const dataOf = (stdout: string): string[] =>
  stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).data]))

describe('s3 read, as a role of the partner,', () => {
  it('prints every record, object by object in the order of their keys, expanded', async () => {
    await put('orders/3.ndjson', orders(200, 300).join('\n'))
    await put('orders/1.ndjson.gz', gzipSync(orders(0, 100).join('\n')))
    await put('orders/2.ndjson.zst', zstdCompressSync(`${orders(100, 200).join('\n')}\n`))
    await put('invoices/1.ndjson', '{"invoice":1}')
    const { code, stdout, stderr } = await read()
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Read 300 records; objects: 3 read to the end.\n' })
    expect(dataOf(stdout)).toEqual(orders(0, 300))
    expect((await read('--output', 'raw')).stdout).toBe(`${orders(0, 300).join('\n')}\n`)
  })

  it('goes on in the middle of an object, and then with what is new, wherever its key sorts', async () => {
    await put('orders/2.ndjson', orders(0, 100).join('\n'))
    await put('orders/3.ndjson.gz', gzipSync(orders(100, 200).join('\n')))
    const place = ['--checkpoint', `file:${folder}/exports.checkpoint`]
    const parts = [await read(...place, '--limit', '30'), await read(...place, '--limit', '100'), await read(...place)]
    await put('orders/1.ndjson', orders(200, 210).join('\n'))
    parts.push(await read(...place), await read(...place))
    expect(parts.map(({ code, stdout }) => [code, dataOf(stdout).length])).toEqual([
      [0, 30],
      [0, 100],
      [0, 70],
      [0, 10],
      [0, 0],
    ])
    expect(parts.flatMap(({ stdout }) => dataOf(stdout))).toEqual(orders(0, 210))
  })

  it('reads CSV, and sends a row that is broken to an edge', async () => {
    await put('orders/1.csv', 'id,name\n1,"Ann\nBell"\n2\n3,Carl\n')
    const stopped = await read('--format', 'csv')
    expect(stopped.code).toBe(1)
    expect(stopped.stderr).toMatch(
      /^The record at \d+ of orders\/1\.csv \w+ fails \(.*\), and reading has ended before it\. --errors-to sends/,
    )
    expect(dataOf(stopped.stdout)).toEqual(['{"id":"1","name":"Ann\\nBell"}'])
    const sqs = new SQSClient(clientOptions(await sandbox.credentials('home')))
    const Attributes = { FifoQueue: 'true' }
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `${bucket}.fifo`, Attributes }))
    const { code, stdout, stderr } = await read('--format', 'csv', '--errors-to', QueueUrl)
    expect({ code, stderr, data: dataOf(stdout) }).toEqual({
      code: 0,
      stderr: `Read 2 records; 1 failed, and was sent to ${QueueUrl}; objects: 1 read to the end.\n`,
      data: ['{"id":"1","name":"Ann\\nBell"}', '{"id":"3","name":"Carl"}'],
    })
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body))).toMatchObject([{ source: `s3://${bucket}/orders/` }])
  })

  it('reads CSV that has tabs, by their name, and no header', async () => {
    await put('orders/1.tsv', '1\tAnn, Bell\n2\tCarl\n')
    const tabbed = await read('--format', 'csv', '--delimiter', 'tab', '--no-header')
    expect(dataOf(tabbed.stdout)).toEqual(['["1","Ann, Bell"]', '["2","Carl"]'])
    const { code, stderr } = await read('--format', 'csv', '--delimiter', '\\t')
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: '--delimiter must be one character, no quote or line end, or the word tab.\n',
    })
  })

  it('reads by a dataset, the bucket that its write connector names', async () => {
    await put('orders/1.ndjson', orders(0, 5).join('\n'))
    const dataset = join(folder, 'dataset.json')
    const content = {
      datasetName: 'Orders',
      customerAccessRoleArn: role.arn,
      createDatetime: role.externalId,
      writeConnector: { connectorDestination: 'S3', bucketName: bucket },
    }
    await writeFile(dataset, JSON.stringify(content))
    const { stdout } = await causeway(['s3', 'read', '--grant', dataset, '--prefix', 'orders/'], { env })
    expect(dataOf(stdout)).toEqual(orders(0, 5))
  })

  it('reads some of the objects, and one of them after a position', async () => {
    await put('orders/1.ndjson', orders(0, 10).join('\n'))
    await put('orders/1.ndjson.gz', gzipSync(orders(10, 20).join('\n')))
    await put('orders/2.ndjson', orders(20, 30).join('\n'))
    const some = await read('--key', 'orders/2.ndjson', 'orders/1.ndjson')
    expect(dataOf(some.stdout)).toEqual([...orders(20, 30), ...orders(0, 10)])
    const each = await read('--progress', 'each')
    expect(each.stderr).toMatch(/^orders\/1\.ndjson \w+ {2,}from earliest +10 records +\S+ \w+\/s {2}read to its end$/m)
    const [, second] = (await read('--key', 'orders/1.ndjson.gz')).stdout.split('\n')
    const { position } = JSON.parse(second ?? '')
    expect(position).toMatch(/^gzip \d+$/)
    const rest = await read('--key', 'orders/1.ndjson.gz', '--from', position)
    expect(dataOf(rest.stdout)).toEqual(orders(12, 20))
    const kept = ['--key', 'orders/1.ndjson.gz', '--checkpoint', `file:${folder}/checkpoint`]
    await read(...kept, '--limit', '5')
    const again = await read(...kept, '--from', position)
    expect(dataOf(again.stdout)).toEqual(orders(15, 20))
    expect(again.stderr).toMatch(
      /^--from is not heeded: object orders\/1\.ndjson\.gz \w+ has a checkpoint, and goes on after gzip \d+\.$/m,
    )
    const [beyond, plain] = [
      await read('--key', 'orders/1.ndjson.gz', '--from', 'gzip 99999'),
      await read('--key', 'orders/1.ndjson', '--from', '99999'),
    ]
    expect([beyond.code, plain.code]).toEqual([2, 2])
    expect(beyond.stderr).toMatch(/^The object has \d+ bytes, expanded, and its checkpoint is at 99999/)
    expect(plain.stderr).toMatch(/has \d+ bytes, and its checkpoint is at 99999/)
  })

  it('ends with 2 at a position that is none of its object, or with 1 where records of others were printed', async () => {
    const [one, two] = ['{"id":1}', '{"id":2}']
    await put('orders/1.ndjson', one)
    await put('orders/2.ndjson', two)
    const place = (name: string, content: string) =>
      writeFile(
        join(folder, name),
        `{"checkpointsOf":"s3://${bucket}/orders/"}\n{"partition":"orders/${name}.ndjson ${hash('md5', content)}","position":"99"}\n`,
      )
    await place('1', one)
    await place('2', two)
    const [first, second] = [
      await read('--checkpoint', `file:${folder}/1`),
      await read('--checkpoint', `file:${folder}/2`),
    ]
    expect([first, second].map(({ code, stdout }) => [code, dataOf(stdout)])).toEqual([
      [2, []],
      [1, [one]],
    ])
    for (const { stderr } of [first, second])
      expect(stderr).toMatch(/has 8 bytes, and its checkpoint is at 99: that is/)
  })

  it('killed, prints again half a megabyte at most of what it had written to a file, also of lines without a byte', async () => {
    const count = 100_000
    await put('orders/1.txt', '\n'.repeat(count))
    const command = `causeway s3 read --bucket ${bucket} --prefix orders/ ${byRole().join(' ')} --format lines --json \
      --checkpoint file:${folder}/lines.checkpoint >> ${folder}/lines`
    await shell(
      `${command} & pid=$!
      until [ "$(wc -c < ${folder}/lines)" -gt 3000000 ]; do :; done; kill -9 $pid; wait $pid; ${command}`,
      { env },
    )
    const printed = (await readFile(`${folder}/lines`, 'utf8')).trimEnd().split('\n')
    expect(new Set(printed).size).toBe(count)
    expect((printed.length - count) * `${printed[0]}\n`.length).toBeLessThan(500_000)
  })

  it('takes little memory, however many records are in an object', async () => {
    await put('orders/1.csv', `id,name,note\n${'7,"Ann ""A""","one line\nline, two"\n'.repeat(600_000)}`)
    const peak =
      "--import=data:text/javascript,process.on('exit',()=>process._rawDebug(process.resourceUsage().maxRSS))"
    const { stderr } = await shell(
      `NODE_OPTIONS="${peak}" causeway s3 read --bucket ${bucket} --prefix orders/ ${byRole().join(' ')} --format csv > ${folder}/rows`,
      { env },
    )
    const [said, kilobytes] = stderr.trim().split('\n').slice(-2)
    expect(said).toBe('Read 600,000 records; objects: 1 read to the end.')
    expect(Number(kilobytes)).toBeLessThan(150_000)
  })

  it('with --follow prints what comes', async () => {
    await put('orders/2.ndjson', orders(0, 5).join('\n'))
    const line = `causeway s3 read --bucket ${bucket} --prefix orders/ ${byRole().join(' ')} --follow --every 1`
    const done = shell(
      `${line} > ${folder}/out & pid=$!
      until [ "$(wc -l < ${folder}/out)" = 10 ]; do sleep 0.1; done; kill -INT $pid; wait $pid; echo $?`,
      { env },
    )
    const printed = async () => dataOf(await readFile(join(folder, 'out'), 'utf8').catch(() => ''))
    await expect.poll(printed, { timeout: 20_000 }).toHaveLength(5)
    await put('orders/1.ndjson', orders(5, 10).join('\n'))
    expect((await done).stdout).toBe('130\n')
    expect(dataOf(await readFile(join(folder, 'out'), 'utf8'))).toEqual(orders(0, 10))
  })

  it("with --notifications prints what the bucket's queue names, long before it is listed", async () => {
    const sqs = new SQSClient(clientOptions(await sandbox.credentials('home')))
    const QueueArn = `arn:aws:sqs:${await sqs.config.region()}:${accountIds.home}:${bucket}`
    const Statement = [
      { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sqs:SendMessage', Resource: QueueArn },
    ]
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement })
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: bucket, Attributes: { Policy } }))
    const QueueConfigurations = [{ QueueArn, Events: ['s3:ObjectCreated:*' as const] }]
    const NotificationConfiguration = { QueueConfigurations }
    await partner.send(new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration }))
    const line = `causeway s3 read --bucket ${bucket} --prefix orders/ ${byRole().join(' ')} --follow --every 3600 --notifications ${QueueUrl}`
    const done = shell(
      `${line} > ${folder}/out & pid=$!
      until [ "$(wc -l < ${folder}/out)" = 10 ]; do sleep 0.1; done; kill -INT $pid; wait $pid; echo $?`,
      { env },
    )
    const printed = async () => dataOf(await readFile(join(folder, 'out'), 'utf8').catch(() => ''))
    await put('orders/2.ndjson', orders(0, 5).join('\n'))
    await expect.poll(printed, { timeout: 20_000 }).toHaveLength(5)
    await put('orders/a new one.ndjson', orders(5, 10).join('\n'))
    expect((await done).stdout).toBe('130\n')
    expect(await printed()).toEqual(orders(0, 10))
  })
})

describe('s3 objects', () => {
  it('lists what is under a prefix', async () => {
    await put('orders/b\u001b[2J.ndjson', 'xx')
    await put('orders/a.ndjson', 'x'.repeat(1_234))
    expect((await s3('objects')).stdout).toMatch(
      /^\d{4}-\S+Z +1,234 {2}orders\/a\.ndjson\n\d{4}-\S+Z +2 {2}orders\/b\\u\{1b\}\[2J\.ndjson\n$/,
    )
    const { stdout } = await s3('objects', '--json')
    expect(
      stdout
        .split('\n')
        .slice(0, 2)
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { key: 'orders/a.ndjson', size: 1_234, etag: expect.any(String) },
      { key: 'orders/b\u001b[2J.ndjson', size: 2 },
    ])
    for (const Key of ['orders/a.ndjson', 'orders/b\u001b[2J.ndjson']) {
      await partner.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
    }
    expect(await s3('objects')).toEqual({
      code: 0,
      stdout: '',
      stderr: `There is no object under "orders/" in ${bucket}.\n`,
    })
  })
})

describe('What cannot be read is one sentence:', () => {
  it.each<[string, string[], number, RegExp]>([
    [
      'a bucket that is not there',
      ['--bucket', 'nowhere-at-all'],
      1,
      /^objects of the bucket nowhere-at-all cannot be read/,
    ],
    ['a name that no bucket has', ['--bucket', 'No Bucket'], 2, /^--bucket must be the name of a bucket/],
    [
      'a prefix that the role may not read',
      ['--prefix', 'invoices/'],
      1,
      /AccessDenied.*takes s3:ListBucket and s3:GetObject/,
    ],
    ['a bucket of another owner', ['--bucket-owner', accountIds.home], 1, /has to be of the account that is expected/],
    ['a position without its object', ['--from', '1234'], 2, /is of one object; say which by --key KEY/],
    ['an object that is not there', ['--key', 'orders/1'], 2, /^--key: there is no object orders\/1 in the bucket/],
    [
      'notifications of what is there',
      ['--notifications', `https://sqs/${accountIds.home}/exports`],
      2,
      /Add --follow/,
    ],
    ['a queue that is none', ['--follow', '--notifications', 'exports'], 2, /Expected the URL of a standard queue/],
    ['an object to follow', ['--key', 'orders/1', '--follow'], 2, /Leave out --follow/],
    [
      'a delimiter of two characters',
      ['--format', 'csv', '--delimiter', '||'],
      2,
      /^--delimiter must be one character/,
    ],
    [
      'a quote for a delimiter',
      ['--format', 'csv', '--delimiter', '"'],
      2,
      /^--delimiter must be one character, no quote or line end/,
    ],
  ])('%s', async (_, args, code, sentence) => {
    const given = ['s3', 'read', '--bucket', bucket, '--prefix', 'orders/', ...byRole(), ...args]
    const ended = await causeway(given, { env })
    expect({ code: ended.code, stdout: ended.stdout, stderr: ended.stderr }).toEqual({
      code,
      stdout: '',
      stderr: expect.stringMatching(sentence),
    })
    expect(ended.stderr).not.toMatch(/\n\s+at /)
  })

  it('a wrong ExternalId', async () => {
    env.EXTERNAL_ID = 'another-external-id'
    const ended = await read()
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^STS refuses/)
    expect(ended.stderr).not.toContain('another-external-id')
  })
})
