import { setTimeout } from 'node:timers/promises'
import { CausewayError } from '@causeway-aws/auth'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createEdge,
  createMessage,
  type Edge,
  type EdgeOptions,
  EdgeSendError,
  encodeMessage,
  type Message,
  type SendOptions,
  wireBytes,
} from '../src/index.ts'
import { type FakeSqs, type Faults, fakeSqs } from './fake-sqs.ts'

const fifoUrl = 'https://sqs.us-east-1.amazonaws.com/111111111111/orders.fifo'
const standardUrl = 'https://sqs.us-east-1.amazonaws.com/111111111111/orders'
const throttled = { Code: 'RequestThrottled', Message: 'Rate exceeded', SenderFault: false }
const sendersFault = { Code: 'InvalidMessageContents', Message: 'not allowed', SenderFault: true }

function edgeTo(
  faults: Faults = {},
  options: Partial<EdgeOptions> = {},
): { edge: Edge; sqs: FakeSqs; bodies: () => (string | undefined)[] } {
  const sqs = fakeSqs(faults)
  const edge = createEdge({ queueUrl: fifoUrl, client: sqs.client, backoff: () => 0, ...options })
  return { edge, sqs, bodies: () => sqs.accepted.map(({ MessageBody }) => MessageBody) }
}

const message = (body: string, groupId = 'g'): Message => createMessage({ type: 'order', body, groupId })

async function errorOf(sending: Promise<void>): Promise<EdgeSendError> {
  const error = await sending.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof EdgeSendError) return error
  return expect.fail(`expected an EdgeSendError, got ${error}`)
}

describe('sending', () => {
  it('resolves when everything was accepted, in batches of ten', async () => {
    const { edge, sqs, bodies } = edgeTo({}, { queueUrl: standardUrl })
    await edge.send(Array.from({ length: 25 }, (_, n) => message(`${n}`)))
    expect(bodies()).toHaveLength(25)
    expect(sqs.requests.map((entries) => entries.length).sort()).toEqual([10, 10, 5])
  })

  it('makes no request for no messages', async () => {
    const { edge, sqs } = edgeTo()
    await edge.send([])
    expect(sqs.requests).toEqual([])
  })

  it('has at most `concurrency` requests in flight, over all sends of an edge', async () => {
    const { edge, sqs } = edgeTo({ before: () => setTimeout(2) }, { queueUrl: standardUrl, concurrency: 3 })
    const fifty = () => Array.from({ length: 50 }, (_, n) => message(`${n}`))
    await Promise.all([edge.send(fifty()), edge.send(fifty())])
    expect(sqs.mostInFlight()).toBe(3)
  })

  it('keeps the order of each FIFO group and never puts two messages of one into a batch', async () => {
    const { edge, sqs, bodies } = edgeTo()
    await edge.send([
      message('a1', 'a'),
      message('a2', 'a'),
      message('b1', 'b'),
      message('a3', 'a'),
      message('b2', 'b'),
    ])
    expect(bodies().filter((body) => body?.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
    expect(bodies().filter((body) => body?.startsWith('b'))).toEqual(['b1', 'b2'])
    expect(sqs.requests.map((entries) => entries.map(({ MessageBody }) => MessageBody))).toEqual([
      ['a1', 'b1'],
      ['a2', 'b2'],
      ['a3'],
    ])
  })

  it('refuses options that are wrong, unknown or missing, by name', () => {
    const { client } = fakeSqs()
    const make = (options: unknown) => () => createEdge(options as EdgeOptions)
    expect(make({ client })).toThrow('createEdge: queueUrl is missing.')
    expect(make({ queueUrl: 'orders', client })).toThrow('createEdge: queueUrl must be a queue URL such as')
    expect(make({ queueUrl: fifoUrl, client: {} })).toThrow('createEdge: client must be an SQS client.')
    expect(make({ queueUrl: fifoUrl, client, maxBytes: 2_000_000 })).toThrow('createEdge: maxBytes must be at most')
    expect(make({ queueUrl: fifoUrl, client, concurrency: 0 })).toThrow('createEdge: concurrency must be 1 or more.')
    expect(make({ queueUrl: fifoUrl, client, maxAttempt: 3 })).toThrow('createEdge: maxAttempt is not an option.')
  })

  it.each([
    'http://sqs.us-east-1.amazonaws.com/111111111111/orders',
    'https://user:password@sqs.us-east-1.amazonaws.com/111111111111/orders',
  ])('refuses %s, as the configuration of a function does', (queueUrl) => {
    expect(() => createEdge({ queueUrl, client: fakeSqs().client })).toThrow('createEdge: queueUrl must be a queue URL')
  })

  it('refuses options of a send that are wrong or unknown, and sends nothing', async () => {
    const { edge, sqs } = edgeTo()
    const send = (options: unknown) => edge.send([message('1')], options as SendOptions)
    await expect(send({ sgnal: AbortSignal.abort() })).rejects.toThrow('send: sgnal is not an option.')
    await expect(send({ signal: 'now' })).rejects.toThrow('send: signal must be an AbortSignal.')
    expect(sqs.requests).toEqual([])
  })

  it('takes the queue URL of an emulator', () => {
    const queueUrl = 'http://127.0.0.1:4566/111111111111/orders.fifo'
    expect(createEdge({ queueUrl, client: fakeSqs().client }).queueUrl).toBe(queueUrl)
  })
})

describe('the size of a message', () => {
  const overhead = wireBytes(encodeMessage(message('x'), { fifo: true })) - 1

  it.each([1_048_576, 262_144])(
    'may be exactly %i bytes and not one more, in four-byte UTF-8 too',
    async (maxBytes) => {
      const { edge, bodies } = edgeTo({}, { maxBytes })
      const room = maxBytes - overhead
      const exact = 'x'.repeat(room % 4) + '😀'.repeat(Math.floor(room / 4))
      await edge.send([message(exact)])
      expect(bodies()).toEqual([exact])

      const error = await errorOf(edge.send([message(`${exact}x`)]))
      expect(error.notAccepted[0]?.reason).toBe(`its ${maxBytes + 1} bytes are over the limit of ${maxBytes}`)
      expect(error.message).not.toContain('xxx')
      expect(bodies()).toHaveLength(1)
    },
  )

  it('counts for the batch as well', async () => {
    const { edge, sqs } = edgeTo({}, { queueUrl: standardUrl })
    await edge.send(Array.from({ length: 6 }, () => message('x'.repeat(400_000))))
    expect(sqs.requests.map((entries) => entries.length)).toEqual([2, 2, 2])
  })
})

describe('a message that cannot be sent', () => {
  it('fails alone on a standard queue', async () => {
    const { edge, bodies } = edgeTo({}, { queueUrl: standardUrl })
    const bad = message('nul \0')
    const error = await errorOf(edge.send([message('1'), bad, message('2')]))
    expect(error.notAccepted).toMatchObject([{ trackingId: bad.trackingId, retryable: false }])
    expect(bodies()).toEqual(['1', '2'])
  })

  it('holds back what comes after it in its FIFO group, and nothing else', async () => {
    const { edge, bodies } = edgeTo()
    const bad = message('lone \udc00', 'a')
    const after = message('a3', 'a')
    const error = await errorOf(edge.send([message('a1', 'a'), bad, after, message('b1', 'b')]))
    expect(bodies()).toEqual(['a1', 'b1'])
    expect(error.notAccepted).toMatchObject([
      { trackingId: bad.trackingId, reason: expect.stringContaining('surrogate') },
      { trackingId: after.trackingId, reason: `held back, since ${bad.trackingId} of its group was not accepted` },
    ])
  })

  it('is the second of two with one tracking id, which a FIFO queue would drop in silence', async () => {
    const { edge, bodies } = edgeTo()
    const first = message('first')
    const error = await errorOf(edge.send([first, { ...message('second'), trackingId: first.trackingId }]))
    expect(bodies()).toEqual(['first'])
    expect(error.notAccepted).toMatchObject([{ trackingId: first.trackingId, retryable: false }])
  })
})

describe('a batch that is accepted in part', () => {
  it('is tried again with what was throttled or failed inside SQS, and not with what was accepted', async () => {
    const { edge, sqs, bodies } = edgeTo(
      {
        ofEntry: ({ MessageBody }, request) => {
          if (request > 0) return undefined
          if (MessageBody === '2') return throttled
          return MessageBody === '3' ? { Code: 'InternalError', SenderFault: false } : undefined
        },
      },
      { queueUrl: standardUrl },
    )
    await edge.send(['1', '2', '3', '4'].map((body) => message(body)))
    expect(sqs.requests.map((entries) => entries.length)).toEqual([4, 2])
    expect(bodies()).toEqual(['1', '4', '2', '3'])
  })

  it('is tried again with an entry that the answer does not name', async () => {
    const { edge, sqs } = edgeTo({
      ofEntry: ({ MessageBody }, request) => (MessageBody === 'b1' && request === 0 ? 'unanswered' : undefined),
    })
    await edge.send([message('a1', 'a'), message('b1', 'b')])
    expect(sqs.requests.map((entries) => entries.map(({ MessageBody }) => MessageBody))).toEqual([['a1', 'b1'], ['b1']])
  })

  it('is tried again where SQS calls throttling the fault of the sender', async () => {
    const fault = { Code: 'KmsThrottled', SenderFault: true }
    const { edge, bodies } = edgeTo({ ofEntry: (_, request) => (request === 0 ? fault : undefined) })
    await edge.send([message('1')])
    expect(bodies()).toEqual(['1'])
  })

  it.each<[string, Faults, Message[], boolean]>([
    ['a message that SQS calls the fault of its sender', { ofEntry: () => sendersFault }, [message('1')], true],
    ['a message that cannot be sent', {}, [{ ...message('1'), groupId: 'of two' }], true],
    ['no message, but the key', { ofEntry: () => ({ Code: 'KmsDisabled', SenderFault: true }) }, [message('1')], false],
    ['no message, but SQS', { ofEntry: () => throttled }, [message('1')], false],
    [
      'no message, but the queue',
      { ofRequest: () => ({ status: 400, code: 'QueueDoesNotExist' }) },
      [message('1')],
      false,
    ],
  ])('says that %s is at fault', async (_, faults, messages, ofMessages) => {
    const { edge } = edgeTo(faults, { maxAttempts: 1 })
    expect(await errorOf(edge.send(messages))).toMatchObject({ ofMessages })
  })

  it('is worth sending again only when no message was refused for good', async () => {
    const faults: Faults = { ofEntry: ({ MessageBody }) => (MessageBody === 'b1' ? sendersFault : throttled) }
    const { edge } = edgeTo(faults, { maxAttempts: 1 })
    expect(await errorOf(edge.send([message('a1', 'a')]))).toMatchObject({ retryable: true })
    const error = await errorOf(edge.send([message('a1', 'a'), message('b1', 'b')]))
    expect(error.retryable).toBe(false)
    expect(error.notAccepted.map(({ retryable }) => retryable)).toEqual([true, false])
  })

  it('is not tried again with what is the fault of the sender', async () => {
    const { edge, sqs } = edgeTo({ ofEntry: ({ MessageBody }) => (MessageBody === 'b1' ? sendersFault : undefined) })
    const bad = message('b1', 'b')
    const error = await errorOf(edge.send([message('a1', 'a'), bad]))
    expect(sqs.requests).toHaveLength(1)
    expect(error.notAccepted).toMatchObject([
      { trackingId: bad.trackingId, reason: 'InvalidMessageContents: not allowed', retryable: false },
    ])
  })

  it('is given up after `maxAttempts`, with longer waits each time', async () => {
    const waited: number[] = []
    const backoff = (attempts: number) => waited.push(attempts) && 0
    const { edge, sqs } = edgeTo({ ofEntry: () => throttled }, { maxAttempts: 4, backoff })
    const error = await errorOf(edge.send([message('1'), message('2')]))
    expect(sqs.requests).toHaveLength(4)
    expect(waited).toEqual([1, 2, 3])
    expect(error).toMatchObject({ name: 'EdgeSendError', code: 'EdgeSendError', retryable: true, queueUrl: fifoUrl })
    expect(error.notAccepted.map(({ reason }) => reason)).toEqual([
      'RequestThrottled: Rate exceeded',
      expect.stringContaining('held back'),
    ])
  })

  it('is not tried again after `patience`, nor is anything else where one request has taken that long', async () => {
    const fault = { status: 503, code: 'ServiceUnavailable' }
    const late = edgeTo({ ofEntry: () => throttled }, { patience: 50, backoff: () => 30 })
    expect((await errorOf(late.edge.send([message('1')]))).retryable).toBe(true)
    expect(late.sqs.requests.length).toBeLessThan(4)

    const slow = edgeTo({ before: () => setTimeout(100), ofRequest: () => fault }, { patience: 90, concurrency: 1 })
    const error = await errorOf(
      slow.edge.send(Array.from({ length: 30 }, (_, index) => message(`${index}`, `${index}`))),
    )
    expect(slow.sqs.requests).toHaveLength(1)
    expect(error.notAccepted).toHaveLength(30)
    expect(error.retryable).toBe(true)
  })

  it('never changes the order of a FIFO group, loses nothing and sends nothing twice, whatever fails how often', async () => {
    const plan = fc.record({
      groups: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 40 }),
      faults: fc.infiniteStream(
        fc.oneof(
          { weight: 3, arbitrary: fc.constant(undefined) },
          fc.constantFrom(throttled, 'unanswered', sendersFault),
        ),
      ),
      broken: fc.infiniteStream(fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true))),
    })
    await fc.assert(
      fc.asyncProperty(plan, async ({ groups, faults, broken }) => {
        const { edge, sqs } = edgeTo(
          {
            ofEntry: () => faults.next().value as typeof throttled | undefined,
            ofRequest: () => (broken.next().value ? { status: 503, code: 'ServiceUnavailable' } : undefined),
          },
          { maxAttempts: 3, maxBytes: 500 },
        )
        const sent = groups.map((group, n) => message(`${n}`.padEnd(120, '😀'), group))
        const error = await edge.send(sent).catch((thrown: EdgeSendError) => thrown)
        const missing = error?.notAccepted.map(({ trackingId }) => trackingId) ?? []
        const ids = (group: string) =>
          sent.filter(({ groupId }) => groupId === group).map(({ trackingId }) => trackingId)
        for (const group of new Set(groups)) {
          const arrived = sqs.accepted.filter((entry) => entry.MessageGroupId === group)
          expect(arrived.map((entry) => entry.MessageDeduplicationId)).toEqual(
            ids(group).filter((id) => !missing.includes(id)),
          )
          expect(ids(group).slice(arrived.length)).toEqual(ids(group).filter((id) => missing.includes(id)))
        }
        for (const entries of sqs.requests) {
          expect(entries.length).toBeLessThanOrEqual(10)
          expect(entries.reduce((sum, entry) => sum + wireBytes(entry as never), 0)).toBeLessThanOrEqual(500)
          expect(new Set(entries.map((entry) => entry.MessageGroupId)).size).toBe(entries.length)
        }
      }),
    )
  })
})

describe('a request that fails as a whole', () => {
  it.each([
    ['throttled', { status: 400, code: 'RequestThrottled' }],
    ['throttled by KMS', { status: 400, code: 'KmsThrottled' }],
    ['a server error', { status: 500, code: 'InternalError' }],
    ['a broken connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ])('is made again: %s', async (_, fault) => {
    const { edge, bodies } = edgeTo({ ofRequest: (_, request) => (request === 0 ? fault : undefined) })
    await edge.send([message('1'), message('2')])
    expect(bodies()).toEqual(['1', '2'])
  })

  it('is made again when the clock was wrong and the SDK has corrected it', async () => {
    const skewed = { status: 403, code: 'RequestTimeTooSkewed', date: new Date(Date.now() + 3_600_000).toUTCString() }
    const { edge, bodies } = edgeTo({ ofRequest: (_, request) => (request === 0 ? skewed : undefined) })
    await edge.send([message('1')])
    expect(bodies()).toEqual(['1'])
  })

  it.each([true, false])(
    'is made again when its credentials could not be had for now, and only then (retryable: %s)',
    async (retryable) => {
      const denied = new CausewayError('STS is throttling.', { code: 'AssumeRoleFailed', retryable })
      const { edge, sqs } = edgeTo({ ofRequest: () => denied }, { maxAttempts: 3 })
      const error = await errorOf(edge.send([message('1')]))
      expect(sqs.requests).toHaveLength(retryable ? 3 : 1)
      expect(error).toMatchObject({ retryable, notAccepted: [{ reason: 'AssumeRoleFailed: STS is throttling' }] })
    },
  )

  it('arrives once on FIFO when only its answer was lost', async () => {
    let lost = false
    const { edge, sqs, bodies } = edgeTo()
    const send = sqs.client.send.bind(sqs.client)
    sqs.client.send = (async (...input: Parameters<typeof send>) => {
      const output = await send(...input)
      if (lost) return output
      lost = true
      throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
    }) as unknown as typeof sqs.client.send
    await edge.send([message('1'), message('2')])
    expect(bodies()).toEqual(['1', '2'])
  })

  it('ends the send when it would fail again, with the reason for each message', async () => {
    const denied = { status: 403, code: 'AccessDenied', message: 'not authorized to perform: sqs:sendmessage' }
    const { edge, sqs } = edgeTo({ ofRequest: () => denied }, { queueUrl: standardUrl, concurrency: 1 })
    const error = await errorOf(edge.send(Array.from({ length: 30 }, (_, n) => message(`${n}`))))
    expect(sqs.requests).toHaveLength(1)
    expect(error.notAccepted).toHaveLength(30)
    expect(error.retryable).toBe(false)
    expect(error.cause).toMatchObject({ name: 'AccessDenied' })
    expect(error.message).toMatch(
      /^https:.* did not accept 30 of 30 messages: AccessDenied: [^;]+ \([0-9a-f]{32}, [0-9a-f, ]{66}, 27 more\); see to /,
    )
  })

  it('is told without a session token, wherever it stands', async () => {
    const fault = new Error('no answer from https://sqs.us-east-1.amazonaws.com/?X-Amz-Security-Token=TOKEN')
    const error = await errorOf(edgeTo({ ofRequest: () => fault }).edge.send([message('1')]))
    expect(error.message).not.toContain('TOKEN')
  })

  it('is told without what was signed, which holds the session token', async () => {
    const message403 = 'The signature does not match.\n\nThe Canonical String was\nx-amz-security-token:TOKEN'
    const fault = { status: 403, code: 'SignatureDoesNotMatch', message: message403 }
    const error = await errorOf(edgeTo({ ofRequest: () => fault }).edge.send([message('1')]))
    expect(error.notAccepted[0]?.reason).toBe('SignatureDoesNotMatch: The signature does not match')
    expect(error.message).not.toContain('TOKEN')
  })
})

describe('an aborted send', () => {
  it('sends nothing when it was aborted before', async () => {
    const { edge, sqs } = edgeTo()
    const error = await errorOf(edge.send([message('1')], { signal: AbortSignal.abort() }))
    expect(sqs.requests).toEqual([])
    expect(error).toMatchObject({ retryable: true, notAccepted: [{ reason: 'the send was aborted before its turn' }] })
  })

  it('does not wait for the next attempt', async () => {
    const controller = new AbortController()
    const { edge } = edgeTo({ ofEntry: () => throttled }, { backoff: () => 60_000 })
    const sending = errorOf(edge.send([message('1')], { signal: controller.signal }))
    await setTimeout(20)
    controller.abort()
    expect((await sending).notAccepted).toHaveLength(1)
  })

  it('does not wait for a client that does not heed the signal', async () => {
    const controller = new AbortController()
    const client = { send: () => new Promise(() => {}) } as unknown as EdgeOptions['client']
    const { edge } = edgeTo({}, { client })
    const sending = errorOf(edge.send([message('1')], { signal: controller.signal }))
    await setTimeout(20)
    controller.abort()
    expect((await sending).notAccepted).toMatchObject([{ reason: expect.stringContaining('under way') }])
  })

  it('says of what was under way that it may have been accepted', async () => {
    const controller = new AbortController()
    const { edge } = edgeTo({ before: (signal) => setTimeout(60_000, undefined, signal ? { signal } : {}) })
    const sending = errorOf(edge.send([message('1'), message('2')], { signal: controller.signal }))
    await setTimeout(20)
    controller.abort()
    expect((await sending).notAccepted.map(({ reason }) => reason)).toEqual([
      'the send was aborted while it was under way, so it may have been accepted',
      expect.stringContaining('held back'),
    ])
  })
})
