import { setTimeout as sleep } from 'node:timers/promises'
import { GetQueueAttributesCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { fullJitter } from './backoff.ts'
import { requestFailure } from './failure.ts'
import type { Logger } from './logger.ts'
import { createPause } from './pause.ts'
import { recordOf } from './received.ts'

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
  // A poll lasts longer than a client usually waits for an answer.
  const options = { abortSignal: signal, requestTimeout: (waitSeconds + 10) * 1000 }
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  const queueArn = Attributes?.QueueArn ?? ''
  const isPaused = createPause(client, QueueUrl)
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
      const { Messages = [] } = await client.send(poll, options)
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
