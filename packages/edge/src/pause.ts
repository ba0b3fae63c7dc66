import { ListQueueTagsCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { requestFailure } from './failure.ts'
import type { Logger } from './logger.ts'
import { answerWithin } from './time-limit.ts'

/** The queue's tag that makes consumers wait, set and taken away by `causeway edge pause` and `resume`. */
export const pauseTag = 'causeway:paused'

/** How often, in milliseconds, a consumer looks. */
const interval = 20_000
/** How long, in milliseconds, it waits for the answer, during which it receives nothing. */
const patience = 5_000

/**
 * Makes what says whether an edge is paused, asking SQS no more often than a poll lasts. Where SQS refuses to say (it lets
 * nobody of another account see a queue's tags, whatever the queue's policy allows) it is not paused, and that is logged
 * once.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html
 */
export function createPause(
  client: SQSClient,
  QueueUrl: string,
  logger: Logger,
  signal: AbortSignal,
): () => Promise<boolean> {
  let asked = Number.NEGATIVE_INFINITY
  let paused = false
  let isRefused = false

  function noAnswer(error: unknown): void {
    const { reason, retryable } = requestFailure(error)
    if (retryable || signal.aborted || isRefused) return
    isRefused = true
    logger.warn('edge cannot be paused', { queueUrl: QueueUrl, reason, needed: 'sqs:ListQueueTags' })
  }

  return async () => {
    if (performance.now() - asked < interval) return paused
    asked = performance.now()
    const asking = answerWithin(patience, signal, (options) =>
      client.send(new ListQueueTagsCommand({ QueueUrl }), options),
    )
    const answer = await asking.catch(noAnswer)
    // One that is not answered resumes nothing.
    if (answer) paused = pauseTag in (answer.Tags ?? {})
    return paused
  }
}
