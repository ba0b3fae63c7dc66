import { Readable } from 'node:stream'
import { type Message, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { HttpResponse } from '@smithy/core/transport'
import { expect, it } from 'vitest'
import { createGivenUpSince } from '../src/dead-letters/given-up-since.ts'

const began = Date.parse('2026-01-01T00:00:00Z')

/** SQS, whose clock is not this machine's. */
const client = new SQSClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
  requestHandler: {
    handle: (async () => {
      const headers = { 'content-type': 'application/x-amz-json-1.0', date: new Date(began).toUTCString() }
      return { response: new HttpResponse({ statusCode: 200, headers, body: Readable.from(['{}']) }) }
    }) as never,
  },
})

function letter(sentAt: number, attributes: Record<string, string> = {}, Body = 'body'): Message {
  return {
    Body,
    Attributes: { SentTimestamp: `${sentAt}` },
    MessageAttributes: Object.fromEntries(
      Object.entries(attributes).map(([name, StringValue]) => [name, { DataType: 'String', StringValue }]),
    ),
  }
}

it('tells by the clock of SQS what was sent since the first answer, in whose second it cannot', async () => {
  const since = createGivenUpSince()
  const command = new ReceiveMessageCommand({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111111111111/dead' })
  since.readTime(command)
  await client.send(command)
  expect([-1, 0, 1_000, 1_001].map((after) => since.of(letter(began + after)))).toEqual([
    undefined,
    undefined,
    undefined,
    'meanwhile',
  ])
})

it('knows what was sent again by its redrive, whenever that was, and what has none by its tracking id', async () => {
  const since = createGivenUpSince()
  const command = new ReceiveMessageCommand({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111111111111/dead' })
  since.readTime(command)
  await client.send(command)
  since.sends(letter(began - 1, { trackingId: 'one' }), 'first redrive')
  expect(since.of(letter(began, { redrive: 'first redrive' }))).toBe('again')
  expect(since.of(letter(began, { redrive: 'another' }))).toBeUndefined()
  expect(since.of(letter(began + 2_000, { trackingId: 'one' }))).toBe('again')
  expect(since.of(letter(began, { trackingId: 'one' }))).toBeUndefined()
})

it('knows what was sent again by its body, from that second on, where it leaves no room for an attribute', async () => {
  const since = createGivenUpSince()
  const command = new ReceiveMessageCommand({ QueueUrl: 'https://sqs.us-east-1.amazonaws.com/111111111111/dead' })
  since.readTime(command)
  await client.send(command)
  const full = (sentAt: number) => letter(sentAt, {}, 'full')
  expect(since.of(full(began))).toBeUndefined()
  since.sends(full(began - 1), 'first redrive')
  expect([-1, 0, 2_000].map((after) => since.of(full(began + after)))).toEqual([undefined, 'again', 'again'])
  expect(since.of(letter(began, {}, 'another'))).toBeUndefined()
  expect(since.of(letter(began, { trackingId: 'one' }, 'full'))).toBeUndefined()
})
