import { GetQueueAttributesCommand, ListDeadLetterSourceQueuesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { expect, it } from 'vitest'
import { holdsDeadLetters } from '../src/dead-letter-queue.ts'

const edge = 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders'
const refused = Object.assign(new Error('no'), { name: 'AccessDenied', $fault: 'client' })
const unanswered = Object.assign(new Error('no answer'), { name: 'TimeoutError' })

/** SQS of a queue: its redrive policy, and the edges that name it. The emulator does not answer who names a queue. */
function queue(name: string, policy: string | Error | undefined, edges: string[] | Error) {
  const client = {
    async send(command: unknown) {
      const isPolicy = command instanceof GetQueueAttributesCommand
      if (!isPolicy && !(command instanceof ListDeadLetterSourceQueuesCommand)) expect.fail('Not asked for here.')
      const answer = isPolicy ? policy : edges
      if (answer instanceof Error) throw answer
      return isPolicy ? { Attributes: answer ? { RedrivePolicy: answer } : undefined } : { queueUrls: answer }
    },
  }
  return {
    client: client as unknown as SQSClient,
    queueUrl: `https://sqs.eu-west-1.amazonaws.com/111111111111/${name}`,
  }
}

it.each([
  ['one that an edge names', 'graves', undefined, [edge], true],
  ['one that is called as the template does', 'orders-dead.fifo', undefined, [], true],
  ['one of which nothing may be asked, called so', 'orders-dead', refused, refused, true],
  ['one that names a queue for its own, however it is called', 'orders-dead', '{}', [edge], false],
  ['one that nothing is known of', 'orders', undefined, [], false],
  ['one of which nothing may be asked', 'orders', refused, refused, false],
] as const)('takes %s for what it is', async (_, name, policy, edges, expected) => {
  expect(await holdsDeadLetters(queue(name, policy, edges instanceof Error ? edges : [...edges]))).toBe(expected)
})

it('does not go on where SQS gives no answer', async () => {
  await expect(holdsDeadLetters(queue('orders', unanswered, []))).rejects.toThrow('no answer')
})
