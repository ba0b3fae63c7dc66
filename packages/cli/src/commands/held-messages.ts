import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message as ReceivedMessage,
} from '@aws-sdk/client-sqs'
import type { Queue } from '../edge-queue.ts'

/** The messages that were received from an edge and are still on it, where nobody else sees them. */
export interface HeldMessages {
  hold(messages: readonly ReceivedMessage[]): void
  /** Takes messages off the edge; at most ten. */
  delete(messages: readonly ReceivedMessage[]): Promise<void>
  /** Makes those that are left visible again, at once, and says how many they are. */
  giveBack(): Promise<number>
}

export function holdMessages({ client, queueUrl: QueueUrl }: Queue): HeldMessages {
  const held = new Set<ReceivedMessage>()
  return {
    hold(messages) {
      for (const message of messages) held.add(message)
    },
    async delete(messages) {
      if (messages.length === 0) return
      const { Failed = [] } = await client.send(
        new DeleteMessageBatchCommand({ QueueUrl, Entries: messages.map(entryOf) }),
      )
      const failed = new Set(Failed.map(({ Id }) => Id))
      for (const [index, message] of messages.entries()) if (!failed.has(`${index}`)) held.delete(message)
      const [first] = Failed
      if (first) {
        throw new Error(
          `${Failed.length} of the messages printed last could not be deleted (${first.Code}); they will be received again.`,
        )
      }
    },
    async giveBack() {
      const messages = [...held]
      held.clear()
      for (let start = 0; start < messages.length; start += 10) {
        const Entries = messages
          .slice(start, start + 10)
          .map((message, index) => ({ ...entryOf(message, index), VisibilityTimeout: 0 }))
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
      }
      return messages.length
    },
  }
}

const entryOf = ({ ReceiptHandle }: ReceivedMessage, index: number) => ({ Id: `${index}`, ReceiptHandle })
