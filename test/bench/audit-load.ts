import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createAudit, createTargets, type Logger, type Processor, receive } from '@causeway-aws/edge'
import type { SQSEvent } from 'aws-lambda'
import { trigger } from './bundle.ts'
import { inPairs, type Pair } from './pairs.ts'

// Run by audit.ts: node audit-load.ts SQS S3. Prints an AuditLoad.

/** Processor time, in microseconds a message. */
export interface AuditLoad {
  readonly forwarded: readonly Pair<number>[]
  readonly alone: readonly number[]
}

const messagesOfEvent = 10
const eventsOfSample = 50
const millisecondsAnEvent = 10

const [sqs = '', s3 = ''] = process.argv.slice(2)
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }
const region = 'eu-west-1'
const target = `${sqs}/111111111111/answers`
const targets = createTargets({
  queueUrls: [target],
  client: new SQSClient({ endpoint: sqs, region, credentials, maxAttempts: 1 }),
})
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
const audit = createAudit({
  bucket: 'example-audit',
  node: 'orders',
  client: { endpoint: s3, region, credentials, forcePathStyle: true },
})
const { Records }: SQSEvent = JSON.parse(await readFile(new URL('events/standard.json', trigger), 'utf8'))

const put: Processor = ({ trackingId, previousTrackingIds, type: messageType }) =>
  audit.write({
    trackingId,
    previousTrackingIds,
    sourceNode: 'AROAEXAMPLEEXAMPLEEXA',
    sourceSession: 'orders-sender',
    messageType,
    outcome: 'processed',
  })

const forward: Processor = async (_, { send }) => void (await send(target))

const forwardOnRecord: Processor = async (message, context) => {
  await forward(message, context)
  await put(message, context)
}

/** Starts an event every 10 ms, whatever has become of those before: at most as many are under way as the window lasts. */
async function perMessage(processor: Processor): Promise<number> {
  const before = process.cpuUsage()
  const events: Promise<unknown>[] = []
  for (let event = 0; event < eventsOfSample; event += 1) {
    events.push(
      receive(eventOf(), { targets, logger: silent, messageType: 'order', concurrency: messagesOfEvent }, processor),
    )
    await sleep(millisecondsAnEvent)
  }
  await Promise.all(events)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / (eventsOfSample * messagesOfEvent)
}

function eventOf(): SQSEvent {
  const ten = Array.from({ length: messagesOfEvent }, (_, index) => ({
    ...Records[index % Records.length],
    messageId: crypto.randomUUID(),
  }))
  return JSON.parse(JSON.stringify({ Records: ten }))
}

const nothing: Processor = async () => {}

const forwarded = await inPairs(
  20,
  () => perMessage(forwardOnRecord),
  () => perMessage(forward),
)
const alone = await inPairs(
  10,
  () => perMessage(put),
  () => perMessage(nothing),
)
const load: AuditLoad = { forwarded, alone: alone.map(([ours, without]) => ours - without) }
process.stdout.write(JSON.stringify(load))
