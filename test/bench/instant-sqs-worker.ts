import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { parentPort } from 'node:worker_threads'
import type { SendMessageBatchCommandInput } from '@aws-sdk/client-sqs'

// Accepts everything at once, in a thread of its own, so that what is left to measure is the client.
const server = createServer(async (request, response) => {
  response.setHeader('content-type', 'application/x-amz-json-1.0')
  const input = await json(request)
  if (request.headers['x-amz-target']?.toString().startsWith('DynamoDB_')) {
    // Whatever is written is written for the first time.
    response.end('{"Attributes":{"attempts":{"N":"1"}}}')
    return
  }
  const { Entries = [] } = input as SendMessageBatchCommandInput
  const Successful = Entries.map(({ Id, MessageBody = '' }) => ({
    Id,
    MessageId: Id,
    // The SDK checks it.
    MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
  }))
  response.end(JSON.stringify({ Successful }))
})
server.listen(0, '127.0.0.1', () => parentPort?.postMessage((server.address() as AddressInfo).port))
