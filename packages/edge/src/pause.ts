import { ListQueueTagsCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { answerWithin } from './time-limit.ts'

/** The queue's tag that makes consumers wait, set and taken away by `causeway edge pause` and `resume`. */
export const pauseTag = 'causeway:paused'

/** How often, in milliseconds, a consumer looks. */
const interval = 20_000
/** How long, in milliseconds, it waits for the answer, during which it receives nothing. */
const patience = 5_000

/**
 * Makes what says whether an edge is paused, asking SQS no more often than a poll lasts. Where it may not ask (an edge of
 * another account can only be read, not asked for its tags) it is not paused.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html
 */
export function createPause(client: SQSClient, QueueUrl: string, signal: AbortSignal): () => Promise<boolean> {
  let asked = Number.NEGATIVE_INFINITY
  let paused = false
  return async () => {
    if (performance.now() - asked < interval) return paused
    asked = performance.now()
    const asking = answerWithin(patience, signal, (options) =>
      client.send(new ListQueueTagsCommand({ QueueUrl }), options),
    )
    const answer = await asking.catch(() => undefined)
    // One that is not answered resumes nothing.
    if (answer) paused = pauseTag in (answer.Tags ?? {})
    return paused
  }
}
