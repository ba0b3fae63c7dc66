import { readFile } from 'node:fs/promises'
import type { ProcessorFactory } from '@causeway-aws/edge'
import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type SqsServer, startSqs } from './sqs-server.ts'

const answers = 'https://sqs.eu-west-1.amazonaws.com/222222222222/answers.fifo'
const archive = 'https://sqs.eu-west-1.amazonaws.com/111111111111/archive'
const forward = JSON.stringify({ order: { processor: 'forward', targets: [answers, archive] } })

let sqs: SqsServer
beforeEach(async () => {
  sqs = await startSqs()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await sqs.close()
})

describe('A batch of a FIFO edge', () => {
  it('is forwarded to every target, in the order of each group', async () => {
    const { run } = await load({ ROUTES: forward })
    expect(await run('fifo')).toEqual({ batchItemFailures: [] })
    for (const target of [answers, archive]) {
      const sent = sqs.accepted.get(target) ?? []
      const bodies = (group: string) =>
        sent.filter(({ MessageGroupId }) => MessageGroupId === group).map(({ MessageBody }) => MessageBody)
      expect(bodies('customer-7')).toEqual(['{"order":1001}', '{"order":1003}'])
      expect(bodies('customer-8')).toEqual(['{"order":1002}'])
    }
  })

  it("is forwarded with each message's tracking ids behind it", async () => {
    const { run } = await load({ ROUTES: forward })
    await run('fifo')
    const received = (await event('fifo')).Records.find(({ body }) => body === '{"order":1002}')
    const sent = sqs.accepted.get(answers)?.find(({ MessageBody }) => MessageBody === '{"order":1002}')
    const previous = JSON.parse(received?.messageAttributes.prevTrackingIds?.stringValue ?? '')
    expect(JSON.parse(sent?.MessageAttributes?.prevTrackingIds?.StringValue ?? '')).toEqual([
      ...previous,
      received?.messageAttributes.trackingId?.stringValue,
    ])
  })

  it('fails the message that a target refused, and the rest of its group', async () => {
    const refusing = await startSqs({ refuse: [answers] })
    onTestFinished(() => void refusing.close())
    const { run } = await load({ ROUTES: forward, AWS_ENDPOINT_URL: refusing.endpoint })
    expect(await run('fifo')).toEqual(await failures('fifo', () => true))
  })
})

describe('A batch of a standard edge', () => {
  it("is given to the hook in process.ts, which sends to its route's targets", async () => {
    const received: string[] = []
    const hook: ProcessorFactory =
      (targets) =>
      async (message, { send }) => {
        received.push(message.body)
        await Promise.all(targets.map((target) => send(target)))
      }
    vi.doMock('../src/process.ts', () => ({ process: hook }))
    onTestFinished(() => void vi.doUnmock('../src/process.ts'))
    const { run } = await load({ ROUTES: JSON.stringify({ reading: { processor: 'process', targets: [archive] } }) })
    expect(await run('standard')).toEqual({ batchItemFailures: [] })
    const bodies = (await event('standard')).Records.map(({ body }) => body)
    expect(received).toEqual(bodies)
    expect(sqs.accepted.get(archive)?.map(({ MessageBody }) => MessageBody)).toEqual(bodies)
  })
})

describe('A message of an EchoStream node', () => {
  it('has the type that MESSAGE_TYPE gives', async () => {
    const { run } = await load({ ROUTES: forward, MESSAGE_TYPE: 'order' })
    expect(await run('echostream')).toEqual({ batchItemFailures: [] })
    expect(sqs.accepted.get(answers)?.[0]?.MessageAttributes?.messageType?.StringValue).toBe('order')
  })
})

describe('A bad message', () => {
  it('fails alone', async () => {
    const { run } = await load({ ROUTES: forward, MESSAGE_TYPE: 'order' })
    expect(await run('bad')).toEqual(await failures('bad', ({ body }) => body !== '{"order":1005}'))
    expect(sqs.accepted.get(answers)?.map(({ MessageBody }) => MessageBody)).toEqual(['{"order":1005}'])
  })

  it('is logged without its body', async () => {
    const { run, log } = await load({ ROUTES: forward, MESSAGE_TYPE: 'order' })
    await run('bad')
    const bodies = (await event('bad')).Records.map(({ body }) => body)
    expect(log.length).toBeGreaterThanOrEqual(bodies.length - 1)
    for (const body of bodies) expect(JSON.stringify(log)).not.toContain(JSON.stringify(body))
  })
})

describe('A target that does not answer', () => {
  it('fails its messages before the deadline, while those of the others are done', async () => {
    const silent = await startSqs({ silent: [answers] })
    onTestFinished(() => void silent.close())
    const routes = {
      order: { processor: 'forward', targets: [answers] },
      '*': { processor: 'forward', targets: [archive] },
    }
    const { run, log } = await load({ ROUTES: JSON.stringify(routes), AWS_ENDPOINT_URL: silent.endpoint })
    const start = Date.now()
    expect(await run('mixed', 3_000)).toEqual(await failures('mixed', isOrder))
    expect(Date.now() - start).toBeLessThan(2_000)
    expect(silent.accepted.get(archive)).toHaveLength((await event('mixed')).Records.filter((r) => !isOrder(r)).length)
    expect(log.filter(({ message }) => message === 'message failed')).toEqual([
      expect.objectContaining({ code: 'EdgeSendError', reason: expect.stringContaining('may have been accepted') }),
    ])
  })

  it('is tried as often as the edge says, not three times as often', async () => {
    const broken = await startSqs({ broken: [answers] })
    onTestFinished(() => void broken.close())
    const routes = JSON.stringify({ order: { processor: 'forward', targets: [answers] } })
    const { run } = await load({ ROUTES: routes, MESSAGE_TYPE: 'order', AWS_ENDPOINT_URL: broken.endpoint })
    expect(await run('echostream')).toEqual(await failures('echostream', () => true))
    expect(broken.requests()).toBe(6)
  })
})

describe('An invocation without time', () => {
  it('takes no message, hands all of them back, and says why', async () => {
    const { run, log } = await load({ ROUTES: forward })
    expect(await run('fifo', 1_000)).toEqual(await failures('fifo', () => true))
    expect(sqs.accepted.size).toBe(0)
    expect(log.map(({ reason }) => reason)).toEqual(
      (await event('fifo')).Records.map(() => expect.stringContaining('Give the function a longer timeout.')),
    )
  })
})

describe('The configuration', () => {
  it.each([
    [{ ROUTES: '' }, /^ROUTES: expected a table of routes as JSON, got nothing\. Example: ROUTES=\{"order":/],
    [{ ROUTES: forward, BODIES: '{"bucket":"orders-bodies"}' }, /^BODIES: expected a value at prefix/],
    [
      { ROUTES: forward, BODIES: '{"bucket":"orders-bodies","prefix":"orders","bucketOwner":"111111111111"}' },
      /^BODIES: createLargeBodies: prefix must be a prefix with a slash at its end/,
    ],
    [{ ROUTES: forward, TARGET_BODIES: '{"orders":{}}' }, /^TARGET_BODIES: .*"orders"/],
    [{ ROUTES: '{}' }, /^ROUTES: expected a table of at least one route, got "\{\}"\./],
    [{ ROUTES: '{"order":{"processor":"forwrd","targets":[]}}' }, /^ROUTES: .*"forwrd"/],
    [{ ROUTES: '{"order":{"processor":"forward","targets":[]}}' }, /^ROUTES: .*"order".* forward: targets must be/],
    [
      { ROUTES: `{"order":{"processor":"filter","targets":["${answers}"],"expression":"a","timout":5}}` },
      /^ROUTES: The route for "order" does not suit its processor: filter: timout is not an option\.$/,
    ],
    [
      { ROUTES: '{"order":{"processor":"process","target":"orders"}}' },
      /^ROUTES: The route for "order" does not suit its processor: process: target is not an option\.$/,
    ],
    [
      { ROUTES: '{"order":{"processor":"forward","targets":["orders.fifo"]}}' },
      /^ROUTES: expected a queue URL.* at order\.targets\.0, got "orders\.fifo"\./,
    ],
    [{ MESSAGE_TYPE: '' }, /^MESSAGE_TYPE: expected text, got nothing\. Example: MESSAGE_TYPE=order$/],
    [{ CONCURRENCY: '0' }, /^CONCURRENCY: expected a whole number of at least 1, got "0"\. Example: CONCURRENCY=10$/],
    [{ ROUTES: '{}', CONCURRENCY: '0' }, /^ROUTES: .*\nCONCURRENCY: /],
  ])('%j is refused when the function is loaded', async (environment, message) => {
    await expect(load(environment)).rejects.toThrow(expect.objectContaining({ name: 'ConfigurationError' }))
    await expect(load(environment)).rejects.toThrow(message)
  })
})

/** The function, loaded as Lambda does: its environment is set before its code is. */
async function load(environment: Record<string, string>) {
  const variables = {
    AWS_ENDPOINT_URL: sqs.endpoint,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    ROUTES: forward,
    MESSAGE_TYPE: 'message',
    ...environment,
  }
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  vi.resetModules()
  const { handler } = await import('../src/handler.ts')
  const log = captureLog()
  onTestFinished(() => log[Symbol.dispose]())
  return {
    log: log.lines,
    run: async (name: string, remaining?: number): Promise<SQSBatchResponse> =>
      handler(await event(name), lambdaContext(remaining)),
  }
}

/** An event of `events/`; `mixed` is that of a standard edge, with an order among the readings. */
async function event(name: string): Promise<SQSEvent> {
  if (name === 'mixed') {
    const [{ Records: orders }, { Records: readings }] = await Promise.all([event('fifo'), event('standard')])
    return { Records: [...orders.slice(0, 1), ...readings] }
  }
  return JSON.parse(await readFile(new URL(`../events/${name}.json`, import.meta.url), 'utf8'))
}

function isOrder({ messageAttributes }: SQSEvent['Records'][number]): boolean {
  return messageAttributes.messageType?.stringValue === 'order'
}

async function failures(
  name: string,
  failed: (record: SQSEvent['Records'][number]) => boolean,
): Promise<SQSBatchResponse> {
  const { Records } = await event(name)
  return { batchItemFailures: Records.filter(failed).map(({ messageId }) => ({ itemIdentifier: messageId })) }
}
