import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { parentPort } from 'node:worker_threads'
import type { SendMessageBatchCommandInput } from '@aws-sdk/client-sqs'

// Accepts everything at once, in a thread of its own, so that what is left to measure is the client.
const server = createServer(async (request, response) => {
  const { Entries = [] } = (await json(request)) as SendMessageBatchCommandInput
  const Successful = Entries.map(({ Id, MessageBody = '' }) => ({
    Id,
    MessageId: Id,
    // The SDK checks it.
    MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
  }))
  response.setHeader('content-type', 'application/x-amz-json-1.0')
  response.end(JSON.stringify({ Successful }))
})
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
