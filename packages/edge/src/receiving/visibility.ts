import { ChangeMessageVisibilityBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import pLimit from 'p-limit'
import type { Logger } from '../logger.ts'
import { isFifo } from '../queue.ts'
import { untilAborted } from '../until-aborted.ts'

/** Says of received messages when they may come again. */
export interface Visibility {
  /** In how many milliseconds; SQS counts whole seconds, so it is rounded up. */
  change(record: SQSRecord, after: number): void
  /** Resolves when SQS was told all of it. Never rejects: what it did not take comes after the queue's own time. */
  settled(): Promise<void>
}

export interface VisibilitySettings {
  readonly client: SQSClient
  /** Knows a queue by its ARN. */
  queueUrlOf(arn: string): string
  /** When a message came here, in milliseconds since 1970. */
  receivedAt(record: SQSRecord): number
  readonly logger: Logger
  readonly signal: AbortSignal
}

type Change = readonly [record: SQSRecord, after: number]

const maxEntries = 10
/** How many requests are in flight at a time. */
const maxRequests = 10
/** For how long, in seconds from its receive, a message can be hidden. More than is left of it SQS refuses. */
const maxSeconds = 43_200
/** How much of that, in seconds, may have passed before a message is here: a trigger gathers for up to five minutes. */
const mostGathering = 300

/**
 * Gathers what changes in one turn of the event loop into batches, in their order; of two changes of one message the later
 * counts. Nothing is waited for after the signal.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
 */
export function createVisibility({ client, queueUrlOf, receivedAt, logger, signal }: VisibilitySettings): Visibility {
  const waiting = new Map<SQSRecord, number>()
  const sent = new Set<Promise<void>>()

  async function send(QueueUrl: string, changes: readonly Change[]): Promise<void> {
    const Entries = changes.map(([record, after], position) => {
      const left = maxSeconds - mostGathering - Math.ceil((Date.now() - receivedAt(record)) / 1000)
      const VisibilityTimeout = Math.min(Math.ceil(after / 1000), Math.max(left, 0))
      return { Id: `${position}`, ReceiptHandle: record.receiptHandle, VisibilityTimeout }
    })
    try {
      const { Failed = [] } = await untilAborted(
        client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }), { abortSignal: signal }),
        signal,
      )
      for (const { Id, Code } of Failed) notChanged(changes[Number(Id)], Code)
    } catch (error) {
      for (const change of changes) notChanged(change, error instanceof Error ? error.name : undefined)
    }
  }

  function notChanged(change: Change | undefined, code: string | undefined): void {
    logger.warn('visibility not changed', { messageId: change?.[0].messageId, code })
  }

  async function flush(): Promise<void> {
    const byQueue = Map.groupBy(waiting, ([record]) => record.eventSourceARN)
    waiting.clear()
    for (const [queue, changes] of byQueue) {
      const batches = Array.from({ length: Math.ceil(changes.length / maxEntries) }, (_, number) =>
        changes.slice(number * maxEntries, (number + 1) * maxEntries),
      )
      // What is first of a group must be hidden before the rest of it is shown.
      const limit = pLimit(isFifo(queue) ? 1 : maxRequests)
      await limit.map(batches, (batch) => send(queueUrlOf(queue), batch))
    }
  }

  return {
    change(record, after) {
      const isFirst = waiting.size === 0
      waiting.delete(record)
      waiting.set(record, after)
      if (!isFirst) return
      const flushed = new Promise(setImmediate).then(flush).finally(() => sent.delete(flushed))
      sent.add(flushed)
    },
    async settled() {
      await Promise.all(sent)
    },
  }
}
