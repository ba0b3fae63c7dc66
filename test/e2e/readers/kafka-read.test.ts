import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { policies } from '@causeway-aws/auth'
import { kafkaTopic } from '@causeway-aws/readers'
import type { KafkaCluster } from '@causeway-aws/sandbox'
import { CompressionTypes } from 'kafkajs'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { causeway, type Ended, shell } from '../../causeway.ts'
import { sandboxDirectory, testSandbox, variablesOf } from '../../sandbox.ts'
import { makeOrders, type Orders } from './kafka-orders.ts'
import { type PartnerRole, partnerRole } from './partner-role.ts'

const sandbox = testSandbox()
const group = 'causeway-orders'
let cluster: KafkaCluster
let home: Record<string, string>
beforeAll(async () => {
  cluster = await sandbox.kafka()
  home = await variablesOf('home')
}, 180_000)

let orders: Orders
let role: PartnerRole
let folder: string
/** What home's shell has: the ExternalId in a variable, as no argument may hold it. */
let env: Record<string, string>
beforeEach(async () => {
  orders = await makeOrders(sandbox, cluster)
  const policy = policies.kafkaRead(cluster.clusterArn, orders.topic, group, { bootstrapBrokers: true })
  role = await partnerRole(sandbox, policy)
  folder = await mkdtemp(join(sandboxDirectory(), 'kafka-'))
  env = { ...home, EXTERNAL_ID: role.externalId }
})
afterEach(() => orders[Symbol.asyncDispose]())

const byRole = () => ['--role-arn', role.arn, '--external-id-from', 'env:EXTERNAL_ID']
const kafka = (...args: string[]): Promise<Ended> => causeway(['kafka', ...args], { env })
const read = (...args: string[]) =>
  kafka('read', '--cluster', cluster.clusterArn, '--topic', orders.topic, '--group', group, ...byRole(), ...args)

const documents = (stdout: string): Record<string, string>[] =>
  stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))

/** What was given of each key, in the order in which it was. */
function byKey(stdout: string): Map<string, number[]> {
  const taken = new Map<string, number[]>()
  for (const { key = '', data } of documents(stdout)) taken.set(key, [...(taken.get(key) ?? []), Number(data)])
  return taken
}

describe('sandbox', () => {
  it('says that Kafka runs, where, and whom to trust', async () => {
    const { stdout } = await causeway(['sandbox', 'status'], { env })
    expect(stdout).toContain(
      `Kafka runs at ${cluster.brokers[0]} (process ${cluster.pid}), as the partner's cluster arn:`,
    )
    expect(home.CLUSTER).toBe(cluster.clusterArn)
    const trusted = await readFile(home.NODE_EXTRA_CA_CERTS ?? '', 'utf8')
    expect(trusted).toContain(await readFile(cluster.certificateAuthority, 'utf8'))
  })
})

describe('kafka read, as a role of the partner,', () => {
  it('prints every record of each codec, in order of its key', async () => {
    const { None, GZIP, Snappy, LZ4, ZSTD } = CompressionTypes
    for (const compression of [None, GZIP, Snappy, LZ4, ZSTD]) await orders.write(100, compression)
    const { code, stdout, stderr } = await read()
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Read 500 records; partitions: 3 with no more now.\n' })
    expect(byKey(stdout)).toEqual(orders.written)
    expect(Object.keys(documents(stdout)[0] ?? {})).toEqual(['partition', 'position', 'key', 'timestamp', 'data'])
  })

  it('commits with --limit what it printed, and goes on right after that', async () => {
    await orders.write(200)
    const parts = [await read('--limit', '7'), await read('--limit', '80'), await read(), await read()]
    expect(parts.map(({ code, stdout }) => [code, documents(stdout).length])).toEqual([
      [0, 7],
      [0, 80],
      [0, 113],
      [0, 0],
    ])
    expect(parts[0]?.stderr).toBe(
      `Stopped after 7 records. Committed to the group ${group}; run the same command to go on from there.\n`,
    )
    expect(byKey(parts.map(({ stdout }) => stdout).join(''))).toEqual(orders.written)
  })

  it('shows headers and tombstones, and reads by a grant and with an authority of its own', async () => {
    const messages = [
      { key: 'a', value: 'one', headers: { trace: '17' } },
      { key: 'a', value: null },
    ]
    await orders.producer.send({ topic: orders.topic, messages })
    const grant = join(folder, 'grant.json')
    const { topic } = orders
    const content = { roleArn: role.arn, externalIdFrom: 'env:EXTERNAL_ID', brokers: cluster.brokers, topic, group }
    await writeFile(grant, JSON.stringify(content))
    const { NODE_EXTRA_CA_CERTS = '', ...untrusting } = env
    const args = ['kafka', 'read', '--grant', grant, '--ca', NODE_EXTRA_CA_CERTS]
    const { code, stdout, stderr } = await causeway(args, { env: untrusting })
    expect({ code, stderr }).toMatchObject({ code: 0 })
    expect(documents(stdout)).toEqual([
      expect.objectContaining({ data: 'one', headers: [['trace', '17']] }),
      expect.objectContaining({ data: '', tombstone: true }),
    ])
  })

  it('loses nothing of keys and headers that are no text', async () => {
    const [key, trace] = ['00000000000000c8', 'fffe00'].map((hex) => Buffer.from(hex, 'hex')) as [Buffer, Buffer]
    const { topic, producer } = orders
    await producer.send({ topic, messages: [{ key, value: 'one', headers: { trace }, partition: 0 }] })
    const known = { position: '0', keyBase64: key.toString('base64') }
    expect(documents((await read()).stdout)).toMatchObject([
      { ...known, headers: [['trace', { base64: trace.toString('base64') }]], data: 'one' },
    ])
  })

  it('reads some of the partitions, and one of them after an offset', async () => {
    await orders.write(300)
    const some = documents((await read('--partition', '0', '2')).stdout)
    expect(new Set(some.map(({ partition }) => partition))).toEqual(new Set(['0', '2']))
    const beyond = await read('--partition', '1', '--from', '99999')
    expect(beyond.code).toBe(2)
    expect(beyond.stderr).toMatch(/^partition 1 of the topic .* ends at offset \d+, and is to be read from 100000 on/)
    const rest = documents((await read('--partition', '1', '--from', '9')).stdout)
    expect(rest[0]).toMatchObject({ partition: '1', position: '10' })
    expect(some.length + rest.length).toBe(300 - 10)
    expect(documents((await read()).stdout)).toEqual([])
  })

  it('goes on from the beginning of a partition that was read while it was empty, and says so', async () => {
    await read()
    await orders.write(300)
    const { code, stdout, stderr } = await read('--partition', '1', '--from', '9', '--progress', 'each')
    expect({ code, first: documents(stdout)[0] }).toMatchObject({ code: 0, first: { partition: '1', position: '0' } })
    expect(stderr).toMatch(/^--from is not heeded: partition 1 has a checkpoint, and goes on from its beginning\.$/m)
    expect(stderr).toMatch(/^1 {2}from its beginning +\d+ records/m)
    expect(stderr).not.toContain('-1')
  })

  it('says how many partitions another member of the group has, and ends with 1', async () => {
    await orders.write(60)
    const { client, topic } = orders
    await using other = kafkaTopic({ client, topic, groupId: group })
    for await (const _ of other.source.partitions(AbortSignal.timeout(30_000))) break
    const { code, stdout, stderr } = await read()
    expect(code).toBe(1)
    const [, own, others] =
      /partitions: (\d) with no more now, (\d) held by another reader, or by one that was killed in the last minute\.\n$/.exec(
        stderr,
      ) ?? []
    expect(Number(own) + Number(others)).toBe(3)
    expect(new Set(documents(stdout).map(({ partition }) => partition)).size).toBeLessThanOrEqual(Number(own))
  })

  it('keeps what was deleted before it was read where it is told to, and goes on', async () => {
    const { topic, admin } = orders
    const failures = `s3://failures-${crypto.randomUUID()}`
    await shell(`aws s3 mb ${failures}`, { env: home })
    await orders.write(60)
    await read()
    await orders.write(60)
    const [first] = (await admin.fetchTopicOffsets(topic)).filter(({ partition }) => partition === 0)
    const { high = '' } = first ?? {}
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: high }] })
    const stopped = await read()
    expect(stopped.code).toBe(1)
    expect(stopped.stderr).toMatch(new RegExp(`no records any more from offset \\d+ up to ${high}`))
    const { code, stderr } = await read('--errors-to', `${failures}/`)
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const letter = await shell(`aws s3 cp ${failures}/0/${Number(high) - 1}.json -`, { env: home })
    expect(JSON.parse(letter.stdout)).toMatchObject({
      source: `kafka:${topic}`,
      partition: '0',
      reason: expect.stringContaining('deleted before they were read'),
    })
  })

  it('with --follow is killed and resumed, and prints all that was written', { timeout: 120_000 }, async () => {
    const line = `causeway kafka read --cluster ${cluster.clusterArn} --topic ${orders.topic} --group ${group} ${byRole().join(' ')} --follow`
    const done = shell(
      `${line} > ${folder}/out.1 & pid=$!
      until [ -s ${folder}/out.1 ]; do sleep 0.1; done; sleep 0.5; kill -9 $pid; wait $pid
      ${line} > ${folder}/out.2 & pid=$!
      until [ "$(grep -c '"data":"the end"' ${folder}/out.2)" = 3 ]; do sleep 0.2; done
      kill -INT $pid; wait $pid; echo $?`,
      { env },
    )
    const isResumed = async () => (await readdir(folder)).includes('out.2')
    while (!(await isResumed())) {
      await orders.write(20)
      await sleep(50)
    }
    await orders.write(100)
    const messages = [0, 1, 2].map((partition) => ({ partition, value: 'the end' }))
    await orders.producer.send({ topic: orders.topic, messages })
    // The group waits half a minute for a member that says nothing any more.
    expect((await done).stdout).toBe('130\n')
    const runs = await Promise.all([1, 2].map((run) => readFile(join(folder, `out.${run}`), 'utf8')))
    // What a process was killed at has no line end. What it had in hand comes again.
    const whole = runs.map((text) => text.slice(0, text.lastIndexOf('\n') + 1)).join('')
    const taken = byKey(whole.replaceAll(/^.*"the end".*\n/gm, ''))
    expect(new Map([...taken].map(([key, numbers]) => [key, [...new Set(numbers)]]))).toEqual(orders.written)
  })
})

describe('kafka topics and shell', () => {
  it('list the topics that the role may describe', async () => {
    await using _ = await makeOrders(sandbox, cluster)
    const { stdout } = await kafka('topics', '--brokers', cluster.brokers.join(','), ...byRole())
    expect(stdout).toBe(`${orders.topic}  3 partitions\n`)
  })

  it('end at Ctrl-C, which a terminal gives them as a letter', async () => {
    const talk = `causeway kafka shell --brokers ${cluster.brokers.join(',')} --group ${group} ${byRole().join(' ')}`
    const { stdout } = await shell(`python ${join(import.meta.dirname, 'ctrl_c.py')} ${talk}`, { env })
    expect(stdout).toMatch(/kafka> [^\n]*\n130\n$/)
  })

  it('keep one consumer, which commits when it is told to', async () => {
    await orders.write(60)
    const { topic } = orders
    // A poll ends with what comes first.
    const polls = ['poll 10', 'poll 2', 'poll 2', 'poll 2']
    const talk = (...lines: string[]) =>
      causeway(['kafka', 'shell', '--brokers', cluster.brokers.join(','), '--group', group, ...byRole()], {
        env,
        input: lines.map((line) => `${line}\n`).join(''),
      })
    const looked = await talk(`subscribe ${topic}`, 'positions', 'quit')
    expect(looked.stdout).toBe([0, 1, 2].map((partition) => `${partition}  next 0  committed -\n`).join(''))
    const [offsets] = await orders.admin.fetchOffsets({ groupId: group, topics: [topic] })
    expect(offsets?.partitions.map(({ offset }) => offset)).toEqual(['-1', '-1', '-1'])
    const first = await talk('subscriptions', `subscribe ${topic}`, 'subscriptions', ...polls, 'positions')
    expect(first.code).toBe(0)
    expect(first.stderr).toContain(`${topic}: 3 partitions in ${group}\n`)
    expect(documents(first.stdout.replaceAll(/^[^{].*\n/gm, ''))).toHaveLength(60)
    const nexts = [...first.stdout.matchAll(/^\d {2}next (\d+) {2}committed -$/gm)].map(([, next]) => Number(next))
    expect(nexts.reduce((sum, next) => sum + next, 0)).toBe(60)
    // Nothing was committed, so all comes again; then it is.
    const again = await talk(`subscribe ${topic}`, ...polls, 'commit', 'positions', 'quit', 'poll')
    expect(documents(again.stdout.replaceAll(/^[^{].*\n/gm, ''))).toHaveLength(60)
    expect([...again.stdout.matchAll(/^\d {2}next (\d+) {2}committed \1$/gm)]).toHaveLength(3)
    const rest = await talk(`subscribe ${topic}`, 'poll 1', `assign ${topic}`, 'positions', ...polls)
    expect([...rest.stdout.matchAll(/^\d {2}next 0 {2}committed [1-9]/gm)]).toHaveLength(3)
    expect(rest.stderr).toMatch(/^0 records$/m)
    expect(documents(rest.stdout.replaceAll(/^[^{].*\n/gm, ''))).toHaveLength(60)
  }, 120_000)

  it('commit nothing that could not be printed', async () => {
    await orders.write(60)
    const talk = `causeway kafka shell --brokers ${cluster.brokers.join(',')} --group ${group} ${byRole().join(' ')}`
    const { code, stderr } = await shell(`${talk} > /dev/full`, {
      env,
      input: `subscribe ${orders.topic}\npoll 10\ncommit\n`,
    })
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /^\S+: 3 partitions in \S+\nStandard output cannot be written \(ENOSPC.*\), so the command has ended\.\n$/,
      ),
    })
    const [offsets] = await orders.admin.fetchOffsets({ groupId: group, topics: [orders.topic] })
    expect(offsets?.partitions.map(({ offset }) => offset)).toEqual(['-1', '-1', '-1'])
  })
})

describe('What cannot be read is one sentence:', () => {
  it.each<[string, string[], number, RegExp]>([
    [
      'a checkpoint beside the group',
      ['--checkpoint', 'file:x'],
      2,
      /^kafka read: the group's offsets are the checkpoint/,
    ],
    ['a position without its partition', ['--from', '1234'], 2, /is of one partition; say which by --partition NUMBER/],
    ['a partition that there is not', ['--partition', '9'], 2, /^--partition: the topic .* has no partition 9, or/],
    ['endpoints that the cluster has not', ['--endpoints', 'public'], 1, /has no public brokers/],
    ['brokers that are none', ['--brokers', 'localhost'], 2, /--brokers.*Expected NAME:PORT/],
    ['brokers at a port that there is not', ['--brokers', 'localhost:99999'], 2, /--brokers.*Expected NAME:PORT/],
    [
      'brokers that cannot be reached',
      ['--brokers', 'localhost:1'],
      1,
      /localhost:1 \(ECONNREFUSED\)\. Mind the network/,
    ],
    ['a group that the role has no right to', ['--group', 'another'], 1, /may lack kafka-cluster:DescribeGroup/],
    ['a topic that is not there', ['--topic', 'nowhere'], 1, /^partitions of the topic nowhere cannot be read/],
    ['an authority that is not there', ['--ca', 'nowhere.pem'], 2, /nowhere\.pem cannot be read/],
  ])('%s', async (_, args, code, sentence) => {
    const ended = await read(...args)
    expect({ code: ended.code, stdout: ended.stdout, stderr: ended.stderr }).toEqual({
      code,
      stdout: '',
      stderr: expect.stringMatching(sentence),
    })
    expect(ended.stderr).not.toMatch(/\n\s+at /)
  })

  it('brokers whose authority nobody has named', async () => {
    const { NODE_EXTRA_CA_CERTS: _, ...untrusting } = env
    env = untrusting
    const ended = await read()
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^No broker can be reached: localhost:\d+ \(self-signed certificate .*--ca FILE\.\n$/)
  })

  it('a wrong ExternalId', async () => {
    env.EXTERNAL_ID = 'another-external-id'
    const ended = await read()
    expect(ended).toMatchObject({ code: 1, stdout: '' })
    expect(ended.stderr).toMatch(/^STS refuses/)
    expect(ended.stderr).not.toContain('another-external-id')
  })

  it('a command of the shell that there is not', async () => {
    const ended = await causeway(
      ['kafka', 'shell', '--brokers', cluster.brokers.join(','), '--group', group, ...byRole()],
      { env, input: 'pull\npositions\n' },
    )
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: 'There is no command pull; help lists them.\n' })
  })
})
