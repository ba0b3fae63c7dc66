import { Readable } from 'node:stream'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { HttpResponse } from '@smithy/core/transport'
import { describe, expect, it } from 'vitest'
import { TableError, type TableOptions, table } from '../../src/index.ts'
import { contextOf, one, order } from './context.ts'

/** DynamoDB as the SDK's real client sees it: it takes every item, or refuses each in the same way. */
function fakeDynamodb(fault?: { status: number; code: string; message?: string }) {
  const requests: { TableName: string; Item: unknown }[] = []
  const handle = async ({ body }: { body: Uint8Array }) => {
    requests.push(JSON.parse(new TextDecoder().decode(body)))
    const answer = fault ? { __type: `com.amazonaws.dynamodb#${fault.code}`, message: fault.message } : {}
    const headers = { 'content-type': 'application/x-amz-json-1.0' }
    const response = new HttpResponse({
      statusCode: fault?.status ?? 200,
      headers,
      body: Readable.from([JSON.stringify(answer)]),
    })
    return { response }
  }
  const client = new DynamoDBClient({
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: { handle: handle as never },
  })
  return { requests, clients: { dynamodb: () => client } }
}

async function write(body: unknown, { targets = [], dynamodb = fakeDynamodb(), ...options }: Writing = {}) {
  const message = order(body)
  const context = contextOf(message)
  await table(targets, { table: 'orders', ...options }, dynamodb.clients)(message, context)
  return { ...context, requests: dynamodb.requests }
}

interface Writing extends Partial<TableOptions> {
  readonly targets?: string[]
  readonly dynamodb?: ReturnType<typeof fakeDynamodb>
}

describe('table', () => {
  it('puts the body into the table', async () => {
    const { requests, sent } = await write({ id: 'a', total: 7.5, lines: [{ paid: true }], note: null })
    expect(requests).toEqual([
      {
        TableName: 'orders',
        Item: {
          id: { S: 'a' },
          total: { N: '7.5' },
          lines: { L: [{ M: { paid: { BOOL: true } } }] },
          note: { NULL: true },
        },
      },
    ])
    expect(sent).toEqual([])
  })

  it('puts what its expression makes of the body, and then sends the message on as it is', async () => {
    const { requests, sent } = await write({ id: 7 }, { item: '{ "id": $string(id) }', targets: [one] })
    expect(requests.map(({ Item }) => Item)).toEqual([{ id: { S: '7' } }])
    expect(sent.map(({ target, message }) => [target, message.body])).toEqual([[one, '{"id":7}']])
  })

  it.each([
    [
      400,
      'AccessDeniedException',
      'User: arn:aws:sts::111111111111:assumed-role/orders/trigger is not authorized to perform: dynamodb:PutItem',
      false,
    ],
    [400, 'ValidationException', 'One of the required keys was not given a value', false],
    [400, 'ValidationException', 'Item size has exceeded the maximum allowed size', false],
    [400, 'ResourceNotFoundException', 'Requested resource not found', false],
    [400, 'ProvisionedThroughputExceededException', 'The level of configured throughput was exceeded', true],
    [400, 'ThrottlingException', 'Rate of requests exceeds the allowed throughput', true],
    [500, 'InternalServerError', 'Internal server error', true],
  ])(
    'fails a message that is refused with %i %s, with its reason, and sends nothing',
    async (status, code, message, retryable) => {
      const dynamodb = fakeDynamodb({ status, code, message })
      const writing = write({ id: 'a' }, { dynamodb, targets: [one] })
      await expect(writing).rejects.toThrow(
        expect.objectContaining({
          message: `An item was not written to the table orders: ${code}: ${message}.`,
          retryable,
        }),
      )
      await expect(writing).rejects.toThrow(TableError)
    },
  )

  it.each([
    ['crown jewels', {}, 'its body is not JSON.'],
    [['a'], {}, 'its body is not a JSON object, as an item of a table is.'],
    [{ id: 'a' }, { item: 'id' }, '"table" for messages of type "order" gives no object, as an item of a table is.'],
    [
      { id: 'a' },
      { item: 'nothing' },
      '"table" for messages of type "order" gives no object, as an item of a table is.',
    ],
    [
      '{"id":90071992547409933}',
      {},
      'it makes an item with a number that is too large to be exact; write that as text.',
    ],
  ])('writes nothing of %j with %j', async (body, options, sentence) => {
    const dynamodb = fakeDynamodb()
    const error = await write(body, { dynamodb, ...options }).then(undefined, (error) => error)
    expect(error.message).toContain(sentence)
    expect(error.message).not.toMatch(/crown|9007/)
    expect(dynamodb.requests).toEqual([])
  })

  it('is not made without a client', () => {
    expect(() => table([], { table: 'orders' }, {})).toThrow(
      'table: dynamodb must be among the clients that processors are given.',
    )
  })
})
