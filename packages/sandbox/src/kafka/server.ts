import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { SandboxStartFailed } from '../errors.ts'
import type { Layout } from '../layout.ts'
import { freePort } from '../port.ts'
import { gone, startOf } from '../process.ts'
import { installKafka } from './install.ts'

/** Which process is the broker, and of which cluster. */
export interface KafkaRecord {
  pid: number
  startedAt: string
  port: number
  clusterArn: string
}

const kafkaRecord: v.GenericSchema<unknown, KafkaRecord> = v.strictObject({
  pid: v.number(),
  startedAt: v.string(),
  port: v.number(),
  clusterArn: v.string(),
})

/** The broker that was started last. It may have been killed. */
export async function readKafka({ kafkaRecordFile }: Layout): Promise<KafkaRecord | undefined> {
  try {
    return v.parse(kafkaRecord, JSON.parse(await readFile(kafkaRecordFile, 'utf8')))
  } catch {
    return undefined
  }
}

export async function isAlive({ pid, startedAt }: KafkaRecord): Promise<boolean> {
  return (await startOf(pid)) === startedAt
}

/** Starts a broker, or one that was killed again: on its port, and with what was acknowledged. */
export async function startKafka(
  layout: Layout,
  endpoint: string,
  cluster: string | KafkaRecord,
  onProgress: (line: string) => void,
): Promise<KafkaRecord> {
  const { java, classPath } = await installKafka(layout, onProgress)
  const again = typeof cluster === 'object'
  const clusterArn = again ? cluster.clusterArn : cluster
  const port = again ? cluster.port : await freePort()
  const properties = join(layout.kafka, 'server.properties')
  if (!again) {
    await rm(layout.kafka, { recursive: true, force: true })
    await mkdir(layout.kafka, { recursive: true, mode: 0o700 })
    await writeFile(properties, propertiesOf(layout, port, await freePort(), await freePort()))
    // In one word: one in 64 of the ids begins with a hyphen, and would be taken for a flag.
    const id = `--cluster-id=${clusterId()}`
    await runJava(['kafka.tools.StorageTool', 'format', '--standalone', id, '-c', properties])
  }
  await using log = await open(layout.kafkaLogFile, 'w', 0o600)
  const child = spawn(
    java,
    [
      ...['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'],
      ...[`-Dcauseway.emulator=${endpoint}`, `-Dcauseway.cluster=${clusterArn}`],
      ...['-cp', classPath, 'kafka.Kafka', properties],
    ],
    { cwd: layout.kafka, env: {}, detached: true, stdio: ['ignore', log.fd, log.fd] },
  )
  child.unref()
  const { pid = 0 } = child
  const startedAt = (await startOf(pid)) ?? ''
  const record = { pid, startedAt, port, clusterArn }
  await writeFile(layout.kafkaRecordFile, JSON.stringify(record), { mode: 0o600 })
  for (const deadline = Date.now() + START_LIMIT; ; await sleep(50)) {
    const said = await readFile(layout.kafkaLogFile, 'utf8')
    if (said.includes('Kafka Server started')) return record
    if (!(await isAlive(record)) || Date.now() > deadline) {
      await endKafka(layout)
      throw new SandboxStartFailed(`Kafka did not come up; its log is ${layout.kafkaLogFile}.`)
    }
  }

  async function runJava(args: string[]): Promise<void> {
    await promisify(execFile)(java, ['-Xmx64m', '-XX:TieredStopAtLevel=1', '-cp', classPath, ...args], { env: {} })
  }
}

// It takes 3 s on two cores.
const START_LIMIT = 60_000

/** Ends the broker. What it has stays, for a start anew, until the sandbox is. */
export async function endKafka(layout: Layout): Promise<void> {
  const record = await readKafka(layout)
  if (record === undefined || !(await isAlive(record))) return
  process.kill(record.pid, 'SIGKILL')
  await gone(record.pid, record.startedAt, 5_000)
}

/** A random id as Kafka writes one: 22 characters of base64. */
const clusterId = (): string => Buffer.from(randomUUID().replaceAll('-', ''), 'hex').toString('base64url')

/** One broker that is its own controller. Clients are told of the listener with TLS only. */
function propertiesOf({ kafka, kafkaTls }: Layout, port: number, internal: number, controller: number): string {
  const properties = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${controller}`,
    listeners: `INTERNAL://127.0.0.1:${internal},CLIENT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    'advertised.listeners': `INTERNAL://127.0.0.1:${internal},CLIENT://localhost:${port}`,
    'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,CLIENT:SASL_SSL,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': join(kafka, 'data'),
    'num.partitions': 3,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    // As of MSK Serverless; a topic is made by who may.
    'auto.create.topics.enable': false,
    // 128 MiB by default: more than the heap has.
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    // 9 s by default: a broker that was killed cannot register again until its old session ends.
    'broker.session.timeout.ms': 4_000,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': join(kafkaTls, 'broker.pem'),
    'listener.name.client.sasl.enabled.mechanisms': 'OAUTHBEARER',
    'listener.name.client.oauthbearer.sasl.server.callback.handler.class': 'MskTokens',
    'listener.name.client.oauthbearer.sasl.jaas.config':
      'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";',
    // MSK asks for a new token when the last ends, after a quarter of an hour at most. Here there is not the time to see it.
    'listener.name.client.oauthbearer.connections.max.reauth.ms': 20_000,
    'authorizer.class.name': 'MskPolicies',
  }
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
