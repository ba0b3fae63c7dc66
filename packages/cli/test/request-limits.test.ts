import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { expect, it, onTestFinished } from 'vitest'
import { clientLimits, requestLimits } from '../src/request-limits.ts'

const answer = 'HTTP/1.1 200 OK\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: 2\r\n\r\n{}'

/** Asks something that does this with each connection that a request comes by, and says how many these were. */
async function asked(taken: (socket: Socket, count: number) => void): Promise<{ count: number; error?: unknown }> {
  let count = 0
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .once('data', () => {
        count += 1
        taken(socket, count)
      })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = new SQSClient({
    ...clientLimits,
    requestHandler: { ...requestLimits, requestTimeout: 200 },
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
  })
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  return client.send(new ListQueuesCommand()).then(
    () => ({ count }),
    (error: unknown) => ({ count, error }),
  )
}

it('a request is made again whose connection broke', async () => {
  expect(await asked((socket, count) => (count < 3 ? socket.resetAndDestroy() : socket.end(answer)))).toEqual({
    count: 3,
  })
})

it('a request is made once that is not answered in time', async () => {
  expect(await asked(() => {})).toEqual({ count: 1, error: expect.objectContaining({ name: 'TimeoutError' }) })
})
