import { setTimeout as sleep } from 'node:timers/promises'
import { GetQueueAttributesCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { fullJitter } from '../backoff.ts'
import { requestFailure } from '../failure.ts'
import type { Logger } from '../logger.ts'
import { EdgeReceiveError } from './edge-receive-error.ts'
import { createPause } from './pause.ts'
import { recordOf } from './received.ts'
import { type AnswerOptions, answerWithin } from './time-limit.ts'

export interface PollSettings {
  readonly client: SQSClient
  readonly queueUrl: string
  /** How long, in seconds, received messages are hidden. */
  readonly visibilityTimeout: number
  readonly logger: Logger
  /** Ends a poll at once. */
  readonly signal: AbortSignal
}

/** How long, in milliseconds, an answer is waited for: longer than the longest poll. */
const patience = 30_000
const maxMessages = 10
/** How long, in milliseconds, a paused edge is left alone at a time. */
const pauseStep = 1_000

/**
 * Makes what polls a queue for so many messages, and answers none when there were none or the edge is paused. What may
 * pass is waited for; it rejects with an EdgeReceiveError for what SQS refuses.
 */
export async function createPoll(settings: PollSettings): Promise<(count: number) => Promise<SQSRecord[]>> {
  const { client, queueUrl: QueueUrl, visibilityTimeout, logger, signal } = settings
  const backoff = fullJitter({ baseDelay: 1_000, maxDelay: 30_000 })
  const wait = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => {})
  let failures = 0

  /** Nothing, when that may pass, after a while, and when the signal fires meanwhile. */
  async function ask<Answer>(send: (options: AnswerOptions) => Promise<Answer>): Promise<Answer | undefined> {
    try {
      const answer = await answerWithin(patience, signal, send)
      failures = 0
      return answer
    } catch (error) {
      if (signal.aborted) return undefined
      const { reason, retryable } = requestFailure(error)
      if (!retryable) throw new EdgeReceiveError(QueueUrl, error)
      failures += 1
      logger.warn('queue not polled', { queue: QueueUrl, reason, failures })
      await wait(backoff(failures))
      return undefined
    }
  }

  const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })
  let queueArn: string | undefined
  while (queueArn === undefined && !signal.aborted) {
    const answer = await ask((options) => client.send(attributes, options))
    queueArn = answer && (answer.Attributes?.QueueArn ?? '')
  }
  const pollable = createPause(client, QueueUrl, logger, signal)

  return async (count) => {
    const seconds = await pollable()
    if (seconds === 0) {
      await wait(pauseStep)
      return []
    }
    const poll = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: Math.min(count, maxMessages),
      WaitTimeSeconds: seconds,
      VisibilityTimeout: visibilityTimeout,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
    const answer = await ask((options) => client.send(poll, options))
    return (answer?.Messages ?? []).map((message) => recordOf(message, queueArn ?? ''))
  }
}
