import { readFile } from 'node:fs/promises'
import {
  BatchProcessor,
  EventType,
  processPartialResponse,
  SqsFifoPartialProcessorAsync,
} from '@aws-lambda-powertools/batch'
import { decodeMessage, type Logger, receive as receiveEvent } from '@causeway-aws/edge'
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { trigger } from './bundle.ts'
import { compared, type Figure } from './figure.ts'
import { inPairs, type Pair } from './pairs.ts'

const messagesOfEvent = 10
const eventsOfSample = 100

/** Nanoseconds a message of `receive`, beside those of Powertools' batch processor, on the same events. */
export async function* receive(): AsyncGenerator<Figure> {
  for (const queue of ['standard', 'fifo'] as const) {
    const events = await eventsOf(queue)
    const processor = queue === 'fifo' ? new SqsFifoPartialProcessorAsync() : new BatchProcessor(EventType.SQS)
    const beside = (handle: (record: SQSRecord) => Promise<void>): Promise<Pair<number>[]> =>
      inPairs(
        200,
        () => perMessage(events, (event) => receiveEvent(event, options, nothing)),
        () => perMessage(events, (event) => processPartialResponse(event, handle, processor)),
      )
    const name = queue === 'fifo' ? 'FIFO' : 'standard'
    yield compared(`${name}, peer reads nothing`, await beside(nothing), { at: 'most', limit: 1 })
    yield compared(`${name}, peer reads messages, too`, await beside(read))
  }
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} }
/** Those that edge-trigger gives. */
const options = { logger: silent, messageType: 'order', concurrency: 10, signal: new AbortController().signal }

async function nothing(): Promise<void> {}

async function read(record: SQSRecord): Promise<void> {
  decodeMessage(record, options)
}

/** Every event is parsed right before it is handled, as Lambda does, so that each record is new and in the caches. */
async function perMessage(
  events: readonly string[],
  handle: (event: SQSEvent) => Promise<SQSBatchResponse>,
): Promise<number> {
  let milliseconds = 0
  for (const text of events) {
    const event: SQSEvent = JSON.parse(text)
    const start = performance.now()
    const { batchItemFailures } = await handle(event)
    milliseconds += performance.now() - start
    if (batchItemFailures.length > 0) throw new Error('Messages failed, so what was measured is how they fail.')
  }
  return (milliseconds * 1e6) / (eventsOfSample * messagesOfEvent)
}

/** Events as text, each of ten of the function's example records in turn. */
async function eventsOf(queue: 'standard' | 'fifo'): Promise<string[]> {
  const { Records }: SQSEvent = JSON.parse(await readFile(new URL(`events/${queue}.json`, trigger), 'utf8'))
  const ten = Array.from({ length: messagesOfEvent }, (_, index) => ({
    ...Records[index % Records.length],
    messageId: crypto.randomUUID(),
  }))
  return Array.from({ length: eventsOfSample }, () => JSON.stringify({ Records: ten }))
}
