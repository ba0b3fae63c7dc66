import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { createMessage, encodeMessage } from '@causeway-aws/edge'
import { crossing } from './crossing.ts'
import type { Flow } from './flow.ts'
import { partnerSender } from './partner-sender.ts'

/** SQS keeps a repetition out for five minutes and by its deduplication id; what gets past that the node knows by the tracking id. */
export const deliveredTwice: Flow = {
  name: 'delivered-twice',
  title: 'A message that is delivered twice takes effect once',
  steps(context) {
    const { client } = partnerSender(context)
    const { orders } = context.stacks
    const body = 'order 1004'
    const way = crossing(context)
    const printed = way.printed(body)
    return [
      {
        title: `partner sends "${body}" twice, under two deduplication ids, so that SQS takes both`,
        async run() {
          const message = createMessage({ type: 'order', body })
          const wire = encodeMessage(message, { fifo: true })
          way.begin(message)
          for (const MessageDeduplicationId of [`${message.trackingId}-1`, `${message.trackingId}-2`]) {
            await client.send(new SendMessageCommand({ QueueUrl: orders.queueUrl, ...wire, MessageDeduplicationId }))
          }
        },
      },
      way.forwarded(),
      {
        title: "home's edge-trigger knows the second by its tracking id, and absorbs it",
        log: { account: 'home', functionName: orders.functionName },
        async run(show) {
          const { level, message, trackingId } = await way.logged('home', { message: 'message absorbed' })
          show(JSON.stringify({ level, message, trackingId }))
        },
      },
      {
        ...printed,
        title: `partner's edge-trigger runs once, and prints "${body}"`,
        async run(show) {
          await printed.run(show)
          const times = await way.timesLogged('partner', { message: 'message received' })
          if (times !== 1) throw new Error(`Expected it to be printed once; it was ${times} times.`)
        },
      },
    ]
  },
}
