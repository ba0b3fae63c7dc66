import { ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'

/** A message that was given up. */
export interface Letter {
  readonly body: string
  readonly reason: string | undefined
  readonly attempts: string | undefined
}

/** What is in a dead letter queue. It stays hidden there. */
export async function lettersIn(client: SQSClient, QueueUrl: string): Promise<Letter[]> {
  const receive = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] })
  const letters: Letter[] = []
  for (;;) {
    const { Messages = [] } = await client.send(receive)
    if (Messages.length === 0) return letters
    for (const { Body = '', MessageAttributes = {} } of Messages) {
      const { reason, attempts } = MessageAttributes
      letters.push({ body: Body, reason: reason?.StringValue, attempts: attempts?.StringValue })
    }
  }
}
