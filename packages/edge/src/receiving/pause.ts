import { ListQueueTagsCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { requestFailure } from '../failure.ts'
import type { Logger } from '../logger.ts'
import { answerWithin } from './time-limit.ts'

/** The queue's tag that makes consumers wait, set and taken away by `causeway edge pause` and `resume`. */
export const pauseTag = 'causeway:paused'

/** How long, in milliseconds, an answer holds: no message is received after that, unless SQS is asked again. */
const validity = 20_000
/** How long, in milliseconds, it waits for the answer, during which it receives nothing. */
const patience = 5_000

/**
 * Makes what says for how many seconds, 1 to 20, an edge may be polled: 0 while it is paused. No poll outlasts the answer
 * of SQS by which it began, so that all have ended 20 seconds after a pause. Where SQS refuses to say (it lets
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
): () => Promise<number> {
  let asked = Number.NEGATIVE_INFINITY
  let paused = false
  let isRefused = false

  function noAnswer(error: unknown): void {
    const { reason, retryable } = requestFailure(error)
    if (retryable || signal.aborted || isRefused) return
    isRefused = true
    logger.warn('edge cannot be paused', { queueUrl: QueueUrl, reason, needed: 'sqs:ListQueueTags' })
  }

  const seconds = (): number => Math.floor((asked + validity - performance.now()) / 1_000)

  return async () => {
    if (seconds() > 0) return paused ? 0 : seconds()
    asked = performance.now()
    const asking = answerWithin(patience, signal, (options) =>
      client.send(new ListQueueTagsCommand({ QueueUrl }), options),
    )
    const answer = await asking.catch(noAnswer)
    // One that is not answered resumes nothing.
    if (answer) paused = pauseTag in (answer.Tags ?? {})
    return paused ? 0 : seconds()
  }
}
