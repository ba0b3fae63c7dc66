import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message as Received,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { partnerPrincipal } from '@causeway-aws/auth'
import { decodeReceivedMessage, type Message } from '@causeway-aws/edge'

/** A queue that a test receives from. */
export interface TestQueue extends AsyncDisposable {
  readonly url: string
  readonly arn: string
  /** Takes all messages off the queue, in their order. */
  drain(): Promise<Message[]>
  /** How many messages are on it, received ones included. */
  size(): Promise<number>
  /** Lets principals of another account send, by the queue's policy. */
  admit(principals: string | readonly string[]): Promise<void>
  /** Takes that policy away. */
  admitNobody(): Promise<void>
}

let queues = 0

/** Makes a queue as infra/edge.yaml does, without its key. It is deleted when it is disposed of. */
export async function createQueue(owner: SQSClient, { fifo }: { fifo: boolean }): Promise<TestQueue> {
  queues += 1
  const { QueueUrl = '' } = await owner.send(
    new CreateQueueCommand({
      QueueName: `faults-${process.pid}-${queues}${fifo ? '.fifo' : ''}`,
      ...(fifo && {
        Attributes: { FifoQueue: 'true', DeduplicationScope: 'messageGroup', FifoThroughputLimit: 'perMessageGroupId' },
      }),
    }),
  )
  const { QueueArn = '' } = await attributesOf(owner, QueueUrl)
  const setPolicy = async (Policy: string) => {
    await owner.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
  }
  return {
    url: QueueUrl,
    arn: QueueArn,
    drain: () => drain(owner, QueueUrl),
    size: () => sizeOf(owner, QueueUrl),
    admit(principals) {
      const sender = partnerPrincipal(principals)
      const statement = { Effect: 'Allow', ...sender, Action: 'sqs:SendMessage', Resource: QueueArn }
      return setPolicy(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }))
    },
    admitNobody: () => setPolicy(''),
    async [Symbol.asyncDispose]() {
      await owner.send(new DeleteQueueCommand({ QueueUrl }))
    },
  }
}

/** How many messages are on a queue, received ones included. */
export async function sizeOf(owner: SQSClient, queueUrl: string): Promise<number> {
  const attributes = await attributesOf(owner, queueUrl)
  return Number(attributes.ApproximateNumberOfMessages) + Number(attributes.ApproximateNumberOfMessagesNotVisible)
}

async function attributesOf(owner: SQSClient, QueueUrl: string): Promise<Record<string, string>> {
  const { Attributes = {} } = await owner.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return Attributes
}

async function drain(owner: SQSClient, queueUrl: string): Promise<Message[]> {
  return (await takeAll(owner, queueUrl)).map((message) => decodeReceivedMessage(message))
}

/** Takes all messages off a queue, in their order, as they are on the wire. */
export async function takeAll(owner: SQSClient, QueueUrl: string): Promise<Received[]> {
  const taken: Received[] = []
  for (;;) {
    const { Messages = [] } = await owner.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['MessageGroupId'],
      }),
    )
    if (Messages.length === 0) return taken
    taken.push(...Messages)
    const Entries = Messages.map(({ ReceiptHandle }, position) => ({ Id: `${position}`, ReceiptHandle }))
    await owner.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }))
  }
}
