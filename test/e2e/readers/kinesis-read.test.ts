import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  CreateStreamCommand,
  KinesisClient,
  PutRecordsCommand,
  RegisterStreamConsumerCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { policies } from '@causeway-aws/auth'
import { tableCheckpoints } from '@causeway-aws/readers'
import { accountIds, clientOptions } from '@causeway-aws/sandbox'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { causeway, type Ended, shell } from '../../causeway.ts'
import { createTable } from '../../dynamodb.ts'
import { sandboxDirectory, testSandbox, variablesOf } from '../../sandbox.ts'
import { type PartnerRole, partnerRole } from './partner-role.ts'

const sandbox = testSandbox()

let partner: KinesisClient
let home: Record<string, string>
let asPartner: Record<string, string>
let region: string
beforeAll(async () => {
  const options = clientOptions(await sandbox.credentials('partner'))
  region = options.region
  partner = new KinesisClient({ ...options, requestHandler: new NodeHttpHandler() })
  home = await variablesOf('home')
  asPartner = await variablesOf('partner')
})

let stream: string
let arn: string
let role: PartnerRole
let folder: string
/** What home's shell has: the ExternalId in a variable, as no argument may hold it. */
let env: Record<string, string>
beforeEach(async () => {
  stream = `orders-${crypto.randomUUID()}`
  arn = `arn:aws:kinesis:${region}:${accountIds.partner}:stream/${stream}`
  await partner.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 }))
  role = await partnerRole(sandbox, policies.kinesisRead(arn))
  folder = await mkdtemp(join(sandboxDirectory(), 'kinesis-'))
  env = { ...home, EXTERNAL_ID: role.externalId }
})

const byRole = () => ['--role-arn', role.arn, '--external-id-from', 'env:EXTERNAL_ID']
const kinesis = (...args: string[]): Promise<Ended> => causeway(['kinesis', ...args], { env })
const read = (...args: string[]) => kinesis('read', '--stream', stream, ...byRole(), ...args)

async function put(...data: (string | Buffer)[]): Promise<void> {
  const Records = data.map((text, index) => ({ Data: Buffer.from(text), PartitionKey: `customer-${index % 20}` }))
  await partner.send(new PutRecordsCommand({ StreamName: stream, Records }))
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `order ${from + index}`)
const documents = (stdout: string): Record<string, string>[] =>
  stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
const dataOf = (stdout: string) => documents(stdout).map(({ data }) => data)
const sorted = (texts: readonly (string | undefined)[]) => [...texts].sort()

describe('kinesis read, as a role of the partner,', () => {
  it('prints every record, of each shard in order', async () => {
    await put(...numbers(0, 300))
    const { code, stdout, stderr } = await read()
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Read 300 records; shards: 2 with no more now.\n' })
    expect(sorted(dataOf(stdout))).toEqual(sorted(numbers(0, 300)))
    const [first] = documents(stdout)
    expect(Object.keys(first ?? {})).toEqual(['partition', 'position', 'key', 'timestamp', 'data'])
    for (const shard of ['shardId-000000000000', 'shardId-000000000001']) {
      const positions = documents(stdout).flatMap(({ partition, position }) => (partition === shard ? [position] : []))
      expect(positions.length).toBeGreaterThan(0)
      expect(positions).toEqual(sorted(positions))
    }
  })

  it('prints what the records hold, or a table', async () => {
    await put('order 1\u001b[2J', gzipSync('order 2'))
    expect(sorted((await read('--output', 'raw')).stdout.split('\n'))).toEqual(['', 'order 1\u001b[2J', 'order 2'])
    const table = await read('--output', 'table')
    expect(table.stdout).toMatch(/^\d{4}-\S+Z {2}shardId-00000000000\d {2}\d+ {2}customer-0 {2}order 1\\u\{1b\}\[2J$/m)
  })

  it('commits with --limit what it printed, and goes on right after that', async () => {
    await put(...numbers(0, 200))
    const place = ['--checkpoint', `file:${folder}/orders.checkpoint`]
    const parts = [await read(...place, '--limit', '7'), await read(...place, '--limit', '80'), await read(...place)]
    expect(parts.map(({ code, stdout }) => [code, documents(stdout).length])).toEqual([
      [0, 7],
      [0, 80],
      [0, 113],
    ])
    expect(parts[0]?.stderr).toBe(
      `Stopped after 7 records. Committed to ${folder}/orders.checkpoint; run the same command to go on from there.\n`,
    )
    expect(sorted(parts.flatMap(({ stdout }) => dataOf(stdout)))).toEqual(sorted(numbers(0, 200)))
  })

  it('goes on after a position, and from a time', async () => {
    await put(...numbers(0, 100))
    const whole = documents((await read('--shard', 'shardId-000000000000')).stdout)
    const { position = '' } = whole[9] ?? {}
    const rest = await read('--shard', 'shardId-000000000000', '--from', position)
    expect(documents(rest.stdout)).toEqual(whole.slice(10))
    const kept = ['--shard', 'shardId-000000000000', '--checkpoint', `file:${folder}/checkpoint`]
    await read(...kept, '--limit', '20')
    const again = await read(...kept, '--from', position)
    expect(documents(again.stdout)).toEqual(whole.slice(20))
    expect(again.stderr).toMatch(
      /^--from is not heeded: shard shardId-000000000000 has a checkpoint, and goes on after \d+\.$/m,
    )
    const late = await read('--from', new Date().toISOString())
    expect(late).toMatchObject({ code: 0, stdout: '' })
  })

  it('says of each shard how far it is, when it is asked to', async () => {
    await put(...numbers(0, 60))
    const { stderr } = await read('--progress', 'each')
    const said = /^(shardId-\d+) {2}from earliest +(\d+) records +\S+ \w+\/s {2}no more now$/gm
    const shards = [...stderr.matchAll(said)].map(([, shard, count]) => [shard, Number(count)])
    expect(shards.map(([shard]) => shard).sort()).toEqual(['shardId-000000000000', 'shardId-000000000001'])
    expect(shards.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(60)
  })

  it("reads by a grant, and by a dataset of #Let's Data, without a word of the ExternalId", async () => {
    await put('order 1')
    const grant = join(folder, 'grant.json')
    await writeFile(grant, JSON.stringify({ roleArn: role.arn, externalIdFrom: 'env:EXTERNAL_ID', region, stream }))
    expect(dataOf((await kinesis('read', '--grant', grant)).stdout)).toEqual(['order 1'])
    const dataset = join(folder, 'dataset.json')
    const content = {
      datasetName: 'Orders',
      customerAccountForAccess: accountIds.home,
      customerAccessRoleArn: role.arn,
      createDatetime: role.externalId,
      readConnector: { readerType: 'SINGLEFILEREADER', bucketName: 'commoncrawl' },
      writeConnector: { connectorDestination: 'KINESIS', streamName: stream },
    }
    await writeFile(dataset, JSON.stringify(content))
    expect(dataOf((await kinesis('read', '--grant', dataset)).stdout)).toEqual(['order 1'])
    await writeFile(dataset, JSON.stringify({ ...content, createDatetime: 1685331931671 }))
    const wrong = await kinesis('read', '--grant', dataset)
    expect(wrong).toMatchObject({ code: 1, stdout: '' })
    expect(wrong.stderr).toMatch(/^STS refuses arn:aws:iam::222222222222:role\/reader-.*ExternalId/)
    expect(wrong.stderr).not.toContain('1685331931671')
  })

  it('keeps what cannot be read where it is told to, and goes on', async () => {
    // A bucket of home's own, and 65 MiB that came as 64 KB.
    await shell(`aws s3 mb s3://${stream}`, { env: home })
    await put(gzipSync(Buffer.alloc(65 * 1024 ** 2)), 'order 2')
    const place = ['--checkpoint', `file:${folder}/orders.checkpoint`]
    const stopped = await read(...place)
    expect(stopped.code).toBe(1)
    expect(stopped.stderr).toMatch(/The record at \d+ of shardId-\d+ fails/)
    const { code, stdout } = await read(...place, '--errors-to', `s3://${stream}/failed/`)
    expect(code).toBe(0)
    expect([...dataOf(stopped.stdout), ...dataOf(stdout)]).toEqual(['order 2'])
    const s3 = new S3Client(clientOptions(await sandbox.credentials('home')))
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: stream }))
    expect(Contents.map(({ Key = '' }) => Key.replaceAll(/\d+\.json/g, 'POSITION.json'))).toEqual([
      expect.stringMatching(/^failed\/shardId-00000000000\d\/POSITION\.json$/),
    ])
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: stream, Key: Contents[0]?.Key }))
    expect(JSON.parse((await Body?.transformToString()) ?? '')).toMatchObject({
      source: arn,
      key: 'customer-0',
      reason: 'it expands to more than 67108864 bytes',
    })
  })

  it("keeps what cannot be read in a stream of the partner's, with the role's credentials", async () => {
    const failures = `failures-${crypto.randomUUID()}`
    const failuresArn = `arn:aws:kinesis:${region}:${accountIds.partner}:stream/${failures}`
    await partner.send(new CreateStreamCommand({ StreamName: failures, ShardCount: 1 }))
    const { Version, Statement } = policies.kinesisRead(arn)
    const mayWrite = { Effect: 'Allow' as const, Action: ['kinesis:PutRecord'], Resource: [failuresArn] }
    role = await partnerRole(sandbox, { Version, Statement: [...Statement, mayWrite] })
    env.EXTERNAL_ID = role.externalId
    await put(gzipSync(Buffer.alloc(65 * 1024 ** 2)), 'order 2')
    const own = await read('--errors-to', failuresArn)
    expect(own.code).toBe(1)
    expect(own.stderr).toContain(`${failuresArn} does not take the record at`)
    const { code, stdout } = await read('--errors-to', failuresArn, '--errors-as', 'role')
    expect({ code, data: dataOf(stdout) }).toEqual({ code: 0, data: ['order 2'] })
    const kept = await causeway(['kinesis', 'read', '--stream', failures], { env: asPartner })
    expect(dataOf(kept.stdout).map((letter = '') => JSON.parse(letter))).toMatchObject([{ source: arn }])
  })

  it('keeps how far it came in a table, by its own credentials, and says who else reads', async () => {
    const dynamodb = new DynamoDBClient(clientOptions(await sandbox.credentials('home')))
    await createTable(dynamodb, stream)
    await put(...numbers(0, 60))
    const place = ['--checkpoint', `table:${stream}`]
    const parts = [await read(...place, '--limit', '10'), await read(...place), await read(...place)]
    expect(parts.map(({ code, stdout }) => [code, documents(stdout).length])).toEqual([
      [0, 10],
      [0, 50],
      [0, 0],
    ])
    const checkpoints = tableCheckpoints({ tableName: stream, client: dynamodb, source: arn })
    await checkpoints.claim('shardId-000000000000', 60_000)
    const held = await read(...place)
    expect(held).toMatchObject({ code: 1, stdout: '' })
    expect(held.stderr).toBe(
      'Read 0 records; shards: 1 with no more now, 1 held by another reader, or by one that was killed in the last minute.\n',
    )
  })

  it('commits what a pipe has taken, and ends with 1 when there was more', async () => {
    await put(...numbers(0, 400).map((text) => text.padEnd(4_000, '.')))
    const place = `--checkpoint file:${folder}/orders.checkpoint`
    const line = `causeway kinesis read --stream ${stream} ${byRole().join(' ')} ${place}`
    const cut = await shell(`${line} | head -1 >/dev/null; echo "\${PIPESTATUS[0]}"`, { env })
    expect(cut.stdout).toBe('1\n')
    expect(cut.stderr).toMatch(/^Standard output is closed or full; stopped after \d+ records\. Committed to /)
    const [, taken] = /after (\d+) records/.exec(cut.stderr) ?? []
    expect(Number(taken)).toBeLessThan(200)
    expect(documents((await read(...place.split(' '))).stdout)).toHaveLength(400 - Number(taken))
  })
})

describe('kinesis read onto a full disk', () => {
  it('commits nothing that was not written, says so, and ends with 1', async () => {
    await put(...numbers(0, 50))
    const place = `--checkpoint file:${folder}/orders.checkpoint`
    const line = `causeway kinesis read --stream ${stream} ${byRole().join(' ')} ${place}`
    const full = await shell(`${line} > /dev/full; echo $?`, { env })
    expect(full.stdout).toBe('1\n')
    expect(full.stderr).toMatch(/^Standard output cannot be written \(.*ENOSPC/m)
    expect(documents((await read(...place.split(' '))).stdout)).toHaveLength(50)
  })
})

describe('kinesis read --follow', () => {
  it('that is killed and resumed, while the AWS CLI writes, prints all that the AWS CLI reads', {
    timeout: 120_000,
  }, async () => {
    const command = `causeway kinesis read --stream ${stream} ${byRole().join(' ')} --checkpoint file:${folder}/orders.checkpoint`
    await shell(
      `
      write() {
        for batch in 1 2 3 4 5 6; do
          aws kinesis put-records --stream-name ${stream} --records $(for n in $(seq 1 40); do
            echo "Data=order-$batch-$n,PartitionKey=customer-$n"; done) >/dev/null
        done
      }
      (${Object.entries(asPartner)
        .map(([name, value]) => `export ${name}=${value};`)
        .join(' ')} write) & writer=$!
      for run in 1 2 3; do
        ${command} --follow > ${folder}/out.$run & pid=$!
        sleep 1.$((run * 3)); kill -9 $pid; wait $pid
      done
      wait $writer
      ${command} > ${folder}/out.4`,
      { env },
    )
    const files = (await readdir(folder)).filter((name) => name.startsWith('out.')).sort()
    const runs = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
    // What a process was killed at has no line end.
    const printed = runs.map((text) => documents(text.slice(0, text.lastIndexOf('\n') + 1)))
    for (const shard of ['shardId-000000000000', 'shardId-000000000001']) {
      const { stdout } = await shell(
        `aws kinesis get-records --query 'Records[].[SequenceNumber,Data]' --output text --shard-iterator "$(causeway kinesis iterator --stream ${stream} --shard ${shard})"`,
        { env: asPartner },
      )
      const written = stdout.trim().split('\n')
      expect(written.length).toBeGreaterThan(80)
      const read = printed.map((run) =>
        run
          .filter(({ partition }) => partition === shard)
          .map(({ position, data = '' }) => `${position}\t${Buffer.from(data).toString('base64')}`),
      )
      // What a run had in hand is the last that it printed, and the first of the next.
      const joined = read.reduce(
        (before, run) => [...before.slice(0, before.length - overlap(before, run)), ...run],
        [],
      )
      expect(joined).toEqual(written)
    }
  })

  it.each([
    ['INT', 130],
    ['TERM', 143],
  ])('ends by SIG%s with %i, and says how far it came', async (name, exitCode) => {
    await put(...numbers(0, 50))
    const line = `causeway kinesis read --stream ${stream} ${byRole().join(' ')} --follow > ${folder}/out`
    const { stdout, stderr } = await shell(
      `set -m; ${line} & pid=$!; until [ "$(wc -l < ${folder}/out)" = 50 ]; do sleep 0.1; done; kill -${name} $pid; wait $pid; echo $?`,
      { env },
    )
    expect(stdout).toBe(`${exitCode}\n`)
    expect(stderr).toMatch(/^Stopped after 50 records\. --checkpoint keeps how far it came for the next time\.$/m)
  })

  it('ends by SIGTERM although nobody reads what it prints, and commits nothing of that', async () => {
    await put(...Array.from({ length: 6 }, () => 'x'.repeat(50_000)))
    const line = `causeway kinesis read --stream ${stream} ${byRole().join(' ')} --follow --checkpoint file:${folder}/unread`
    const { code, stderr } = await shell(
      `exec 3> >(exec sleep 9 > /dev/null 2>&1); ${line} >&3 & pid=$!; sleep 4; kill -TERM $pid; wait $pid`,
      { env },
    )
    const said = /^Standard output is closed or full; stopped after (\d) records?\. Committed/m.exec(stderr)
    expect({ code, said: said && Number(said[1]) < 6 }, stderr).toEqual({ code: 143, said: true })
  })
})

describe('kinesis read --consumer, as a role of the partner that Kinesis pushes records to,', () => {
  let consumerArn: string
  beforeEach(async () => {
    const registering = new RegisterStreamConsumerCommand({ StreamARN: arn, ConsumerName: 'reader' })
    consumerArn = (await partner.send(registering)).Consumer?.ConsumerARN ?? ''
  })
  const mayBePushed = async () => {
    role = await partnerRole(sandbox, policies.kinesisRead(arn, { consumerArn }))
    env.EXTERNAL_ID = role.externalId
  }

  it('prints every record of the stream that it is of, and goes on from its checkpoint', async () => {
    await mayBePushed()
    await put(...numbers(0, 300))
    const place = ['--checkpoint', `file:${folder}/orders.checkpoint`]
    const pushed = () => kinesis('read', '--consumer', consumerArn, ...byRole(), ...place)
    const first = await pushed()
    expect(first).toMatchObject({ code: 0, stderr: 'Read 300 records; shards: 2 with no more now.\n' })
    expect(sorted(dataOf(first.stdout))).toEqual(sorted(numbers(0, 300)))
    await put(...numbers(300, 310))
    const second = await pushed()
    expect({ ...second, stdout: sorted(dataOf(second.stdout)) }).toMatchObject({
      code: 0,
      stdout: sorted(numbers(300, 310)),
    })
  })

  it('with --follow prints what comes, also after a shard was split, until Ctrl-C', { timeout: 60_000 }, async () => {
    await mayBePushed()
    await put(...numbers(0, 100))
    const line = `causeway kinesis read --consumer ${consumerArn} ${byRole().join(' ')} --follow > ${folder}/out`
    const done = shell(
      `set -m; ${line} & pid=$!; until [ "$(wc -l < ${folder}/out)" = 200 ]; do sleep 0.1; done; kill -INT $pid; wait $pid`,
      { env },
    )
    const out = () => readFile(join(folder, 'out'), 'utf8').catch(() => '')
    await expect.poll(async () => documents(await out()).length, { timeout: 20_000 }).toBe(100)
    const half = { ShardToSplit: 'shardId-000000000000', NewStartingHashKey: `${2n ** 126n}` }
    await partner.send(new SplitShardCommand({ StreamName: stream, ...half }))
    await put(...numbers(100, 200))
    const { code, stderr } = await done
    expect({ code, stderr }).toMatchObject({ code: 130, stderr: expect.stringMatching(/^Stopped after 200 records/) })
    expect(sorted(dataOf(await out()))).toEqual(sorted(numbers(0, 200)))
    expect(new Set(documents(await out()).map(({ partition }) => partition)).size).toBeGreaterThan(2)
  })

  it('is refused without the right to it, and of another stream', async () => {
    await put('order 1')
    const denied = await kinesis('read', '--consumer', consumerArn, ...byRole())
    expect(denied).toMatchObject({ code: 1, stdout: '' })
    expect(denied.stderr).toMatch(/AccessDenied.*to read it takes kinesis:SubscribeToShard on the consumer/)
    const other = await kinesis('read', '--consumer', consumerArn, '--stream', 'payments', ...byRole())
    expect(other).toMatchObject({ code: 2, stdout: '' })
    expect(other.stderr).toMatch(/^--consumer: it is of the stream arn:.*orders-\S+, and not of arn:.*payments\.$/m)
    const none = await kinesis('read', '--consumer', 'reader', ...byRole())
    expect(none).toMatchObject({ code: 2, stdout: '' })
  })
})

describe('kinesis read, where its checkpoint cannot be moved any more when it is to end,', () => {
  it('says from where what was printed comes again, and ends by SIGINT with 130', { timeout: 60_000 }, async () => {
    const dynamodb = new DynamoDBClient(clientOptions(await sandbox.credentials('home')))
    await createTable(dynamodb, stream)
    // More than a pipe holds, so that it is not written before somebody reads.
    await put('x'.repeat(100_000))
    const line = `causeway kinesis read --stream ${stream} ${byRole().join(' ')} --follow --checkpoint table:${stream}`
    const { code, stderr } = await shell(
      `exec 3> >(until [ -e ${folder}/read ]; do sleep 0.05; done; exec cat > ${folder}/out)
      ${line} >&3 & pid=$!; sleep 4
      aws dynamodb delete-table --table-name ${stream} > /dev/null
      kill -INT $pid; touch ${folder}/read; wait $pid`,
      { env },
    )
    expect(await readFile(join(folder, 'out'), 'utf8')).toMatch(/^\{.*\}\n/)
    expect({ code, stderr }).toEqual({
      code: 130,
      stderr: expect.stringMatching(
        new RegExp(
          `^Stopped before all was committed to ${stream}: what was done of shardId-00000000000\\d comes again \\(ResourceNotFoundException: .*\\)\\.\n$`,
        ),
      ),
    })
  })
})

/** How many of the last are the first of what follows. */
function overlap(before: readonly string[], after: readonly string[]): number {
  const index = before.indexOf(after[0] ?? '')
  return index === -1 ? 0 : before.length - index
}

describe('kinesis shards, iterator and records', () => {
  it('show a stream as Kinesis does', async () => {
    await put('order 1', gzipSync('order 2'), Buffer.from([0xff, 0xfe]))
    const shards = await kinesis('shards', '--stream', arn, ...byRole())
    expect(shards.stdout.split('\n')[0]).toBe(
      'shardId-000000000000  open    0 - 170141183460469231731687303715884105727',
    )
    const listed = JSON.parse((await kinesis('shards', '--stream', stream, '--json', ...byRole())).stdout)
    expect(listed).toHaveLength(2)
    expect(listed[1]).toEqual({
      id: 'shardId-000000000001',
      open: true,
      parents: [],
      hashKeys: {
        from: '170141183460469231731687303715884105728',
        to: '340282366920938463463374607431768211455',
      },
    })
    const taken: unknown[] = []
    for (const { id } of listed) {
      const { stdout } = await kinesis('iterator', '--stream', stream, '--shard', id, ...byRole())
      const records = await kinesis('records', stdout.trim(), ...byRole())
      const all = documents(records.stdout)
      expect(all.at(-1)).toMatchObject({ nextIterator: expect.any(String) })
      taken.push(...all.slice(0, -1).map(({ data, base64 }) => data ?? { base64 }))
    }
    expect(taken.map((text) => JSON.stringify(text)).sort()).toEqual(['"order 1"', '"order 2"', '{"base64":"//4="}'])
  })
})

describe('What cannot be read is one sentence, and the checkpoint is left as it is:', () => {
  it.each<[string, () => string[] | Promise<string[]>, number, RegExp]>([
    ['an unknown shard', () => ['--shard', 'shardId-9'], 2, /^--shard: the stream .* has no shard shardId-9; .*\n$/],
    ['a time to come', () => ['--from', '2100-01-01'], 2, /still to come/],
    ['a time without a zone', () => ['--from', '2026-01-01T10:00'], 2, /a time in UTC/],
    ['a position without its shard', () => ['--from', '4959'], 2, /--from POSITION is of one shard/],
    ['latest, of what ends at once', () => ['--from', 'latest'], 2, /Add --follow, or --checkpoint/],
    ['a place for checkpoints that is none', () => ['--checkpoint', 'orders'], 2, /file:PATH or table:NAME/],
    ['a destination that is none', () => ['--errors-to', 'orders'], 2, /s3:\/\/BUCKET\/PREFIX/],
    ['a corrupt checkpoint file', () => checkpoint('nothing\n'), 2, /is corrupt at line 1, and was left as it is/],
    ['a checkpoint of another source', () => checkpoint('{"checkpointsOf":"kafka:orders"}\n'), 2, /of another source/],
    [
      'a position of another source',
      () => checkpoint(`{"checkpointsOf":"${arn}"}\n{"partition":"shardId-000000000000","position":"s3/1"}\n`),
      2,
      /"s3\/1" is no position of a Kinesis shard/,
    ],
    [
      'a position of another stream',
      () => ['--shard', 'shardId-000000000000', '--from', '12345'],
      2,
      /12345 is no position of shard shardId-000000000000 of the stream .*, whose sequence numbers begin with \d+;/,
    ],
    [
      'a checkpoint at a position of another stream',
      () => checkpoint(`{"checkpointsOf":"${arn}"}\n{"partition":"shardId-000000000000","position":"12345/1"}\n`),
      2,
      /12345 is no position of shard shardId-000000000000/,
    ],
    ['a grant beside a role', () => ['--grant', 'grant.json'], 2, /leave out --role-arn/],
  ])('%s', async (_, args, code, sentence) => {
    const given = await args()
    const before = await checkpointFile()
    const ended = await read(...given)
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' })
    expect(ended.stderr).toMatch(sentence)
    expect(ended.stderr).not.toMatch(/\n\s+at /)
    expect(await checkpointFile()).toBe(before)
  })

  it('a table that is not there, and how to make it', async () => {
    const place = ['--checkpoint', `table:${stream}`]
    const { code, stdout, stderr } = await read(...place)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(`--checkpoint: your own account has no table ${stream} in ${region}; make it by \``)
    const [, command = ''] = /`(aws dynamodb .*)`/.exec(stderr) ?? []
    await shell(command, { env })
    await put('order 1')
    expect([await read(...place), await read(...place)].map(({ stdout }) => dataOf(stdout))).toEqual([['order 1'], []])
  })

  it('a table of something else, and one that is deleted while it is used', async () => {
    const table = (name: string, key: string) =>
      shell(
        `aws dynamodb create-table --table-name ${name} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=${key},AttributeType=S --key-schema AttributeName=${key},KeyType=HASH`,
        { env },
      )
    await table(`${stream}-other`, 'pk')
    const other = await read('--checkpoint', `table:${stream}-other`)
    expect(other.code).toBe(1)
    expect(other.stderr).toMatch(
      new RegExp(
        `^dynamodb:BatchGetItem on ${stream}-other failed: .* --checkpoint: the key of the table ${stream}-other is not`,
      ),
    )

    await table(`${stream}-gone`, 'id')
    await put('order 1')
    const reading = read('--follow', '--checkpoint', `table:${stream}-gone`)
    const checkpoints = tableCheckpoints({
      tableName: `${stream}-gone`,
      client: new DynamoDBClient(clientOptions(await sandbox.credentials('home'))),
      source: arn,
    })
    await vi.waitFor(async () => {
      const shards = await Promise.all(['0', '1'].map((n) => checkpoints.get(`shardId-00000000000${n}`)))
      expect(shards.some((shard) => shard?.position !== undefined)).toBe(true)
    }, 20_000)
    await shell(`aws dynamodb delete-table --table-name ${stream}-gone`, { env })
    await put('order 2')
    const gone = await reading
    expect(gone.code).toBe(1)
    expect(gone.stderr).toMatch(
      new RegExp(
        `^dynamodb:UpdateItem on ${stream}-gone failed: .* --checkpoint: your own account has no table ${stream}-gone in`,
      ),
    )
  })

  const checkpointFile = () => readFile(join(folder, 'checkpoint'), 'utf8').catch(() => undefined)
  async function checkpoint(content: string): Promise<string[]> {
    await writeFile(join(folder, 'checkpoint'), content)
    return ['--checkpoint', `file:${folder}/checkpoint`]
  }

  it.each<[string, object | string, RegExp]>([
    ['a dataset without a role', { datasetName: 'Orders', createDatetime: 1685331931671 }, /no customerAccessRoleArn/],
    [
      'a dataset whose role is none',
      { customerAccessRoleArn: 'reader', createDatetime: 1685331931671 },
      /customerAccessRoleArn must be the ARN of a role/,
    ],
    [
      'a dataset without its ExternalId',
      { customerAccessRoleArn: 'arn:aws:iam::222222222222:role/reader' },
      /createDatetime/,
    ],
    ['a grant without a role', { stream: 'orders' }, /roleArn is missing/],
    [
      'a grant with what we do not know',
      { roleArn: 'arn:aws:iam::222222222222:role/reader', externalId: 'secret-of-ours' },
      /externalId is not an option/,
    ],
    ['a grant that is no JSON', '{"roleArn"', /is no JSON object/],
  ])('%s', async (_, content, sentence) => {
    const file = join(folder, 'grant.json')
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
    const ended = await kinesis('read', '--stream', stream, '--grant', file)
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(sentence)
    expect(ended.stderr).not.toMatch(/secret-of-ours|1685331931671/)
  })

  it('a wrong ExternalId', async () => {
    const ended = await causeway(['kinesis', 'read', '--stream', stream, ...byRole()], {
      env: { ...home, EXTERNAL_ID: 'another-external-id' },
    })
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^STS refuses/)
    expect(ended.stderr).not.toContain('another-external-id')
  })

  it('an ExternalId on the command line', async () => {
    const ended = await read('--external-id', role.externalId)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(/unknown option '--external-id'/)
  })

  it('a stream that the role may not read', async () => {
    const ended = await kinesis('read', '--stream', 'payments', ...byRole())
    expect(ended.code).toBe(1)
    expect(ended.stderr).toMatch(/payments cannot be read: AccessDenied.*takes kinesis:ListShards, /)
  })
})
