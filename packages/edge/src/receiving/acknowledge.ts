import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import type { Logger } from '../logger.ts'
import { untilAborted } from '../until-aborted.ts'

/** Takes messages that are done off their queue. */
export interface Acknowledgement {
  add(record: SQSRecord): void
  /** Resolves when all of them were deleted, or could not be. */
  settled(): Promise<void>
}

const maxEntries = 10
/** How long, in milliseconds, a message waits for nine others. */
const gatherFor = 20

/** What cannot be deleted is logged: it comes again, and is absorbed by the node's idempotency. */
export function createAcknowledgement(
  client: SQSClient,
  QueueUrl: string,
  logger: Logger,
  abortSignal: AbortSignal,
): Acknowledgement {
  const waiting: SQSRecord[] = []
  const sent = new Set<Promise<void>>()

  async function send(records: readonly SQSRecord[]): Promise<void> {
    const Entries = records.map(({ receiptHandle: ReceiptHandle }, position) => ({ Id: `${position}`, ReceiptHandle }))
    try {
      const deleted = client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }), { abortSignal })
      const { Failed = [] } = await untilAborted(deleted, abortSignal)
      for (const { Id, Code } of Failed) notDeleted(records[Number(Id)], Code)
    } catch (error) {
      for (const record of records) notDeleted(record, error instanceof Error ? error.name : undefined)
    }
  }

  function notDeleted(record: SQSRecord | undefined, code: string | undefined): void {
    logger.warn('message not deleted', { messageId: record?.messageId, code })
  }

  function start(work: () => Promise<void>): void {
    const sending = work().finally(() => sent.delete(sending))
    sent.add(sending)
  }

  const flush = async (): Promise<void> => {
    if (waiting.length > 0) await send(waiting.splice(0, maxEntries))
  }

  return {
    add(record) {
      waiting.push(record)
      if (waiting.length === maxEntries) start(flush)
      else if (waiting.length === 1) start(() => sleep(gatherFor).then(flush))
    },
    async settled() {
      while (sent.size > 0) await Promise.all(sent)
    },
  }
}
