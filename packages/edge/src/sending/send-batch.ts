import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { entryFailure, type Failure } from '../failure.ts'
import type { WireMessage } from '../wire/wire.ts'

const unanswered: Failure = {
  reason: 'the answer says neither that it was accepted nor that it failed',
  retryable: true,
}

/**
 * Sends one batch. Says of each message, in their order, why it was not accepted: `undefined` when it was.
 * The ids of the entries are their positions.
 */
export async function sendBatch(
  client: SQSClient,
  queueUrl: string,
  messages: readonly WireMessage[],
  abortSignal: AbortSignal | undefined,
): Promise<(Failure | undefined)[]> {
  const Entries = messages.map((message, position) => ({ Id: String(position), ...message }))
  const answer = await client.send(
    new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }),
    abortSignal && { abortSignal },
  )
  const outcomes = messages.map((): Failure | undefined => unanswered)
  for (const { Id } of answer.Successful ?? []) outcomes[Number(Id)] = undefined
  for (const failed of answer.Failed ?? []) outcomes[Number(failed.Id)] = entryFailure(failed)
  return outcomes
}
