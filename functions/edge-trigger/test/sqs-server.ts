import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { SendMessageBatchCommandInput, SendMessageBatchRequestEntry } from '@aws-sdk/client-sqs'

/** SQS's SendMessageBatch on this machine, for a function that is told of it by AWS_ENDPOINT_URL. Other requests do nothing. */
export interface SqsServer {
  readonly endpoint: string
  /** What was accepted, by queue URL, in order. */
  readonly accepted: ReadonlyMap<string, readonly SendMessageBatchRequestEntry[]>
  /** How many batches were sent. */
  requests(): number
  close(): Promise<unknown>
}

/** What is wrong with some queues, by URL. */
export interface Faults {
  /** Nothing may be sent to them. */
  readonly refuse?: readonly string[]
  /** They fail whatever is sent. */
  readonly broken?: readonly string[]
  /** They take the request and never answer. */
  readonly silent?: readonly string[]
}

export async function startSqs({ refuse = [], broken = [], silent = [] }: Faults = {}): Promise<SqsServer> {
  const accepted = new Map<string, SendMessageBatchRequestEntry[]>()
  let requests = 0
  const server = createServer(async (request, response) => {
    const { QueueUrl = '', Entries = [] } = (await json(request)) as SendMessageBatchCommandInput
    if (request.headers['x-amz-target'] !== 'AmazonSQS.SendMessageBatch') {
      response.end('{}')
      return
    }
    requests += 1
    if (silent.includes(QueueUrl)) return
    response.setHeader('content-type', 'application/x-amz-json-1.0')
    if (broken.includes(QueueUrl)) {
      response.writeHead(500)
      response.end(JSON.stringify({ __type: 'com.amazon.coral.service#InternalError' }))
      return
    }
    if (refuse.includes(QueueUrl)) {
      response.writeHead(403)
      response.end(
        JSON.stringify({ __type: 'com.amazon.coral.service#AccessDeniedException', message: 'Access denied.' }),
      )
      return
    }
    accepted.set(QueueUrl, [...(accepted.get(QueueUrl) ?? []), ...Entries])
    const Successful = Entries.map(({ Id, MessageBody = '' }) => ({
      Id,
      MessageId: `accepted-${Id}`,
      MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
    }))
    response.end(JSON.stringify({ Successful, Failed: [] }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    accepted,
    requests: () => requests,
    close: () => {
      server.closeAllConnections()
      return once(server.close(), 'close')
    },
  }
}
