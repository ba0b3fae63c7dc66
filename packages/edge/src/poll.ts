import { setTimeout as sleep } from 'node:timers/promises'
import { GetQueueAttributesCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { fullJitter } from './backoff.ts'
import { requestFailure } from './failure.ts'
import type { Logger } from './logger.ts'
import { createPause } from './pause.ts'
import { recordOf } from './received.ts'
import { answerWithin } from './time-limit.ts'

export interface PollSettings {
  readonly client: SQSClient
  readonly queueUrl: string
  /** How long, in seconds, received messages are hidden. */
  readonly visibilityTimeout: number
  readonly logger: Logger
  /** Ends a poll at once. */
  readonly signal: AbortSignal
}

/** The longest that SQS waits for a message: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html */
const waitSeconds = 20
/** How long, in milliseconds, an answer is waited for: longer than a poll lasts. */
const patience = (waitSeconds + 10) * 1000
const maxMessages = 10
/** How long, in milliseconds, a paused edge is left alone at a time. */
const pauseStep = 1_000

/**
 * Makes what polls a queue for so many messages, and answers none when there were none or the edge is paused. What may
 * pass is waited for; it rejects with what SQS refuses.
 */
export async function createPoll(settings: PollSettings): Promise<(count: number) => Promise<SQSRecord[]>> {
  const { client, queueUrl: QueueUrl, visibilityTimeout, logger, signal } = settings
  const backoff = fullJitter({ baseDelay: 1_000, maxDelay: 30_000 })
  const queueArn = await arnOf(client, QueueUrl, signal)
  const isPaused = createPause(client, QueueUrl, logger, signal)
  const wait = (milliseconds: number) => sleep(milliseconds, undefined, { signal }).catch(() => {})
  let failures = 0

  return async (count) => {
    if (await isPaused()) {
      await wait(pauseStep)
      return []
    }
    const poll = new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: Math.min(count, maxMessages),
      WaitTimeSeconds: waitSeconds,
      VisibilityTimeout: visibilityTimeout,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    })
    try {
      const { Messages = [] } = await answerWithin(patience, signal, (options) => client.send(poll, options))
      failures = 0
      return Messages.map((message) => recordOf(message, queueArn))
    } catch (error) {
      if (signal.aborted) return []
      const { reason, retryable } = requestFailure(error)
      if (!retryable) throw error
      failures += 1
      logger.warn('queue not polled', { queue: queueArn, reason, failures })
      await wait(backoff(failures))
      return []
    }
  }
}

/** Nothing, when the signal fires meanwhile: nothing is polled for then. */
async function arnOf(client: SQSClient, QueueUrl: string, signal: AbortSignal): Promise<string> {
  const attributes = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] })
  try {
    const { Attributes } = await answerWithin(patience, signal, (options) => client.send(attributes, options))
    return Attributes?.QueueArn ?? ''
  } catch (error) {
    if (signal.aborted) return ''
    throw error
  }
}
