import type { SQSClient } from '@aws-sdk/client-sqs'
import { takeAll } from '../queue.ts'

/** A message that was given up. */
export interface Letter {
  readonly body: string
  readonly reason: string | undefined
  readonly attempts: string | undefined
}

/** Takes what was given up off its dead letter queue. */
export async function takeLetters(owner: SQSClient, queueUrl: string): Promise<Letter[]> {
  const messages = await takeAll(owner, queueUrl)
  return messages.map(({ Body = '', MessageAttributes: { reason, attempts } = {} }) => {
    return { body: Body, reason: reason?.StringValue, attempts: attempts?.StringValue }
  })
}
