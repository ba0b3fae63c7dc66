import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, createMessage, type Message } from '@causeway-aws/edge'
import { compared, type Figure } from './figure.ts'
import { startInstantSqs } from './instant-sqs.ts'
import { inPairs } from './pairs.ts'
import { startSandbox } from './sandbox.ts'
import { sendLoop } from './send-loop.ts'

interface Server {
  readonly name: string
  readonly client: SQSClient
  readonly pairs: number
  /** The URL of a queue that nothing was sent to: an emulator's gets slower as it fills. */
  emptyQueue(fifo: boolean): Promise<string>
}

interface Load {
  readonly name: string
  readonly fifo: boolean
  /** How many groups the messages are of, in turn. */
  readonly groups: number
  /** How many requests the loop has in flight: with more than one it would lose the order of a group. */
  readonly concurrency: number
  /** Whether the loop does what `edge.send` does, as long as everything is accepted. */
  readonly equal: boolean
}

const count = 200
const concurrency = 10

const loads: readonly Load[] = [
  { name: 'standard', fifo: false, groups: count, concurrency, equal: true },
  { name: 'FIFO, a group each', fifo: true, groups: count, concurrency, equal: true },
  { name: 'FIFO, ten groups', fifo: true, groups: 10, concurrency: 1, equal: true },
  // The loop puts ten of the group into a batch, and has lost their order when SQS accepts the second and not the first.
  { name: 'FIFO, one group', fifo: true, groups: 1, concurrency: 1, equal: false },
]

/** Messages a second of `edge.send`, beside those of a loop that one writes by hand, with the same client. */
export async function* send(): AsyncGenerator<Figure> {
  {
    await using sqs = await startInstantSqs()
    const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }
    yield* against({
      name: 'no server time',
      client: new SQSClient({ endpoint: sqs.endpoint, region: 'eu-west-1', credentials }),
      pairs: 250,
      emptyQueue: async (fifo) => `${sqs.endpoint}/111111111111/orders${fifo ? '.fifo' : ''}`,
    })
  }
  await using sandbox = await startSandbox()
  const client = new SQSClient(await sandbox.client('home'))
  yield* against({
    name: 'MiniStack',
    client,
    pairs: 50,
    emptyQueue: async (fifo) => {
      const name = crypto.randomUUID()
      const queue = fifo ? { QueueName: `${name}.fifo`, Attributes: { FifoQueue: 'true' } } : { QueueName: name }
      const { QueueUrl = '' } = await client.send(new CreateQueueCommand(queue))
      return QueueUrl
    },
  })
}

async function* against(server: Server): AsyncGenerator<Figure> {
  const { client, pairs } = server
  for (const load of loads) {
    const samples = await inPairs(
      load.equal ? pairs : pairs / 5,
      () =>
        perSecond(server, load, (queueUrl) => {
          const edge = createEdge({ queueUrl, client, concurrency })
          return (messages) => edge.send(messages)
        }),
      () => perSecond(server, load, (queueUrl) => (messages) => sendLoop(client, queueUrl, messages, load.concurrency)),
    )
    const limit = load.equal ? ({ at: 'least', limit: 0.95 } as const) : undefined
    yield compared(`${server.name}: ${load.name}`, samples, limit)
  }
}

async function perSecond(
  { emptyQueue }: Server,
  { fifo, groups }: Load,
  makeSend: (queueUrl: string) => (messages: Message[]) => Promise<void>,
): Promise<number> {
  const send = makeSend(await emptyQueue(fifo))
  const lines = Array.from({ length: 5 }, () => ({ article: 'A-17', count: 2 }))
  const messages = Array.from({ length: count }, (_, order) =>
    createMessage({ type: 'order', body: JSON.stringify({ order, lines }), groupId: `customer-${order % groups}` }),
  )
  const start = performance.now()
  await send(messages)
  return (count / (performance.now() - start)) * 1_000
}
