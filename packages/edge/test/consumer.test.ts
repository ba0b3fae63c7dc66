import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  type Message as Received,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keyOf } from '../src/idempotency/key.ts'
import {
  type Audit,
  type ConsumerOptions,
  createMessage,
  edgeConsumer,
  encodeMessage,
  type Processor,
} from '../src/index.ts'
import { recordOf } from '../src/receiving/received.ts'
import { memoryIdempotency } from './memory-idempotency.ts'
import { keepingLogger } from './records.ts'

const queueUrl = 'http://127.0.0.1:4566/111111111111/orders.fifo'
const queueArn = 'arn:aws:sqs:us-east-1:111111111111:orders.fifo'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A message whose body, and receipt handle, is `name`. */
function received(name: string, group: string): Received {
  const wire = encodeMessage(createMessage({ type: 'order', body: name, groupId: group }), { fifo: true })
  return {
    MessageId: name,
    ReceiptHandle: name,
    Body: name,
    Attributes: { MessageGroupId: group },
    MessageAttributes: wire.MessageAttributes,
  }
}

/** A consumer of what is put into `waiting`, one poll's answer each, and what it asked SQS for. */
function consumer(options: Partial<ConsumerOptions> = {}) {
  const waiting: (Received[] | Error)[] = []
  const polls: { count: number | undefined; at: number }[] = []
  const deleted: (string | undefined)[] = []
  const visibilities: [handle: string | undefined, seconds: number | undefined][] = []
  const urls = new Set<string | undefined>()
  /** Commands that are not answered. */
  const silent: (abstract new (...input: never[]) => unknown)[] = []
  /** What the next commands are answered with. */
  const failing: Error[] = []
  const ending = new AbortController()
  const logger = keepingLogger()

  async function poll(signal: AbortSignal): Promise<Received[]> {
    const begun = Date.now()
    for (;;) {
      signal.throwIfAborted()
      const answer = waiting.shift()
      if (answer instanceof Error) throw answer
      if (answer) return answer
      if (Date.now() - begun >= 20_000) return []
      await new Promise(setImmediate)
    }
  }

  const client = {
    async send(command: { input: { QueueUrl?: string } }, settings?: { abortSignal: AbortSignal }) {
      urls.add(command.input.QueueUrl)
      if (silent.some((kind) => command instanceof kind)) return new Promise(() => {})
      if (failing.length > 0) throw failing.shift()
      if (command instanceof GetQueueAttributesCommand) return { Attributes: { QueueArn: queueArn } }
      if (command instanceof ReceiveMessageCommand && settings) {
        polls.push({ count: command.input.MaxNumberOfMessages, at: performance.now() })
        return { Messages: await poll(settings.abortSignal) }
      }
      if (command instanceof DeleteMessageBatchCommand) {
        deleted.push(...(command.input.Entries ?? []).map(({ ReceiptHandle }) => ReceiptHandle))
      }
      if (command instanceof ChangeMessageVisibilityBatchCommand) {
        for (const entry of command.input.Entries ?? [])
          visibilities.push([entry.ReceiptHandle, entry.VisibilityTimeout])
      }
      return {}
    },
  } as unknown as SQSClient
  const settings: ConsumerOptions = {
    queueUrl,
    client,
    logger,
    signal: ending.signal,
    retryDelay: () => 7_000,
    visibilityTimeout: 30,
    ...options,
  }
  return {
    waiting,
    polls,
    deleted,
    visibilities,
    urls,
    silent,
    failing,
    logger,
    consume: (processor: Processor) => edgeConsumer(settings, processor),
    end: () => ending.abort(new Error('the test ends')),
  }
}

/** A processor whose messages end when they are told to, and which messages it has begun. */
function held() {
  const begun: string[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const endOf = (name: string) => {
    const end = ends.get(name) ?? Promise.withResolvers<void>()
    ends.set(name, end)
    return end
  }
  const processor: Processor = ({ body }) => {
    begun.push(body)
    return endOf(body).promise
  }
  return {
    begun,
    processor,
    finish: (name: string) => endOf(name).resolve(),
    fail: (name: string) => endOf(name).reject(new Error('failed')),
  }
}

describe('a consumer', () => {
  it('runs the messages of a group in order and groups side by side, and deletes what is done', async () => {
    const { waiting, deleted, consume, end } = consumer()
    const { processor, begun, finish } = held()
    waiting.push([received('a1', 'a'), received('a2', 'a'), received('b1', 'b')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a1', 'b1']))
    finish('a1')
    await vi.waitFor(() => expect(begun).toEqual(['a1', 'b1', 'a2']))
    for (const name of ['a2', 'b1']) finish(name)
    await vi.waitFor(() => expect(deleted.toSorted()).toEqual(['a1', 'a2', 'b1']))
    end()
    await consumed
  })

  it('receives the next messages while its places are taken, and no more than it has places', async () => {
    const { waiting, polls, consume, end } = consumer({ concurrency: 2 })
    const { processor, begun, finish } = held()
    waiting.push([received('a', 'a'), received('b', 'b')], [received('c', 'c')], [received('d', 'd')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(polls).toHaveLength(2))
    await new Promise(setImmediate)
    expect(begun).toEqual(['a', 'b'])
    finish('a')
    await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'c']))
    expect(polls.map(({ count }) => count)).toEqual([2, 2, 2])
    for (const name of ['b', 'c', 'd']) finish(name)
    end()
    await consumed
  })

  it('keeps what it works on hidden, and what waits for that, at the queue that it was given', async () => {
    const { waiting, visibilities, urls, deleted, consume, end } = consumer()
    const { processor, begun, finish } = held()
    waiting.push([received('a1', 'a'), received('a2', 'a')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a1']))
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.waitFor(() =>
      expect(visibilities).toEqual([
        ['a1', 30],
        ['a2', 30],
      ]),
    )
    finish('a1')
    await vi.waitFor(() => expect(deleted).toEqual(['a1']))
    await vi.advanceTimersByTimeAsync(10_000)
    await vi.waitFor(() => expect(visibilities.slice(2)).toEqual([['a2', 30]]))
    expect([...urls]).toEqual([queueUrl])
    finish('a2')
    end()
    await consumed
  })

  it('keeps it hidden no longer than SQS can, from when it was received', async () => {
    const { waiting, visibilities, consume, end } = consumer({ visibilityTimeout: 43_200, timeout: 39_600_000 })
    const { processor, begun, finish } = held()
    waiting.push([received('a', 'a')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a']))
    vi.advanceTimersByTime(14_400_000)
    await vi.waitFor(() => expect(visibilities).toHaveLength(1))
    const [[, seconds = 0] = []] = visibilities
    expect(seconds).toBeLessThanOrEqual(43_200 - 14_400 - 300)
    expect(seconds).toBeGreaterThan(43_200 - 14_400 - 310)
    finish('a')
    end()
    await consumed
  })

  it('refuses a time that Node would take for a millisecond, or SQS cannot hide a message for', async () => {
    await expect(consumer({ timeout: 2_592_000_000 }).consume(async () => {})).rejects.toThrow(
      'edgeConsumer: timeout must be at most 39600000.',
    )
    await expect(consumer({ drainTimeout: 2 ** 31 }).consume(async () => {})).rejects.toThrow(
      'edgeConsumer: drainTimeout must be at most 39600000.',
    )
  })

  it('leaves a message whose processor never ends to another consumer, and the rest of its group', async () => {
    const { waiting, visibilities, consume, end } = consumer({ timeout: 60_000 })
    const { processor, begun, finish } = held()
    waiting.push([received('a1', 'a'), received('a2', 'a')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a1']))
    await vi.advanceTimersByTimeAsync(90_000)
    await vi.waitFor(() => expect(visibilities).toHaveLength(2 * 8))
    await vi.advanceTimersByTimeAsync(90_000)
    await new Promise(setImmediate)
    expect(visibilities).toHaveLength(2 * 8)
    finish('a1')
    finish('a2')
    end()
    await consumed
  })

  it('leaves what waits behind a processor that never ends to another consumer', async () => {
    const { waiting, visibilities, consume, end } = consumer({ timeout: 60_000, concurrency: 1 })
    const { processor, begun, finish } = held()
    waiting.push([received('a', 'a')], [received('b', 'b')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a']))
    await vi.advanceTimersByTimeAsync(180_000)
    await new Promise(setImmediate)
    for (const name of ['a', 'b']) expect(visibilities.filter(([handle]) => handle === name)).toHaveLength(8)
    finish('a')
    finish('b')
    end()
    await consumed
  })

  it('cuts a message that takes too long, and gives the next of its group as long again', async () => {
    const { waiting, deleted, visibilities, logger, consume, end } = consumer({ timeout: 60_000 })
    const cutAt: number[] = []
    const began = Date.now()
    waiting.push([received('a1', 'a'), received('a2', 'a')])
    const consumed = consume(async ({ body }, { signal }) => {
      const delay = body === 'a1' ? 50_000 : 3_600_000
      const slept = new Promise<void>((resolve) => setTimeout(resolve, delay))
      const cut = once(signal, 'abort').then(() => {
        cutAt.push(Date.now() - began)
        throw signal.reason
      })
      await Promise.race([slept, cut])
    })
    await new Promise(setImmediate)
    for (let step = 0; step < 12; step += 1) await vi.advanceTimersByTimeAsync(10_000)
    await vi.waitFor(() => expect(deleted).toEqual(['a1']))
    expect(cutAt).toEqual([110_000])
    await vi.waitFor(() => expect(visibilities.at(-1)).toEqual(['a2', 7]))
    expect(logger.lines).toMatchObject([{ message: 'message failed', attributes: { code: 'TimeLimitError' } }])
    end()
    await consumed
  })

  it('does not count the run of a message that was cut because it had waited for one that is run alone', async () => {
    const idempotency = memoryIdempotency()
    const { waiting, consume, end } = consumer({ timeout: 60_000, idempotency })
    const [cut, other] = [received('cut', 'a'), received('other', 'b')]
    const key = (message: Received) =>
      keyOf('node', recordOf(message, queueArn), message.MessageAttributes?.trackingId?.StringValue ?? '')
    await idempotency.claim(key(cut), 0)
    waiting.push([{ ...cut, Attributes: { ...cut.Attributes, ApproximateReceiveCount: '2' } }, other])
    const begun: string[] = []
    const consumed = consume(async ({ body }, { signal }) => {
      begun.push(body)
      const slept = new Promise<void>((resolve) => setTimeout(resolve, body === 'cut' ? 40_000 : 3_600_000))
      const ended = once(signal, 'abort').then(() => Promise.reject(signal.reason))
      await Promise.race([slept, ended])
    })
    for (let step = 0; step < 7; step += 1) {
      await new Promise(setImmediate)
      await vi.advanceTimersByTimeAsync(10_000)
    }
    await vi.waitFor(() => expect(idempotency.entries.get(key(other))).toMatchObject({ state: 'failed' }))
    expect(begun).toEqual(['cut', 'other'])
    expect(idempotency.entries.get(key(cut))).toMatchObject({ state: 'done' })
    expect(idempotency.entries.get(key(other))).toMatchObject({ attempts: 0 })
    end()
    await consumed
  })

  it('shows a message that failed after the backoff, and the rest of its group at once', async () => {
    const { waiting, visibilities, deleted, consume, end } = consumer()
    const { processor, begun, fail } = held()
    waiting.push([received('a1', 'a'), received('a2', 'a')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a1']))
    fail('a1')
    await vi.waitFor(() =>
      expect(visibilities).toEqual([
        ['a1', 7],
        ['a2', 0],
      ]),
    )
    await vi.advanceTimersByTimeAsync(20_000)
    expect(visibilities).toHaveLength(2)
    end()
    await consumed
    expect(deleted).toEqual([])
  })

  it('says once of a message that fails when it would be hidden again when it comes', async () => {
    const { waiting, visibilities, consume, end } = consumer()
    const { processor, begun, fail } = held()
    waiting.push([received('a1', 'a'), received('a2', 'a')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a1']))
    vi.advanceTimersByTime(10_000)
    fail('a1')
    await vi.waitFor(() =>
      expect(visibilities).toEqual([
        ['a1', 7],
        ['a2', 0],
      ]),
    )
    end()
    await consumed
  })

  it('keeps what came after a message whose audit record is refused on the edge, also what has its own', async () => {
    const records = [Promise.reject(new Error('not accepted')), Promise.resolve(), Promise.resolve()]
    records[0]?.catch(() => {})
    const audit: Audit = { write: () => records.shift() as Promise<void>, flush: async () => {} }
    const { waiting, deleted, visibilities, logger, consume, end } = consumer({ audit })
    waiting.push([received('a1', 'a'), received('a2', 'a'), received('b1', 'b')])
    const consumed = consume(async () => {})
    await vi.waitFor(() => expect(deleted).toEqual(['b1']))
    expect(visibilities).toEqual([
      ['a1', 7],
      ['a2', 0],
    ])
    expect(logger.lines).toMatchObject([
      { message: 'message run, but not on record', attributes: { messageId: 'a1', reason: 'Error: not accepted' } },
      { message: 'message run, but not acknowledged', attributes: { messageId: 'a2' } },
    ])
    await vi.advanceTimersByTimeAsync(20_000)
    end()
    await consumed
    expect([deleted, visibilities.length]).toEqual([['b1'], 2])
  })

  it('deletes a message only after those of its group that were run before it', async () => {
    const accepted = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const asked = accepted.values()
    const audit: Audit = { write: async () => asked.next().value?.promise, flush: async () => {} }
    const { waiting, deleted, consume, end } = consumer({ audit })
    waiting.push([received('a1', 'a'), received('a2', 'a')])
    const consumed = consume(async () => {})
    await new Promise(setImmediate)
    accepted[1]?.resolve()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(deleted).toEqual([])
    accepted[0]?.resolve()
    await vi.waitFor(() => expect(deleted).toEqual(['a1', 'a2']))
    end()
    await consumed
  })

  it('receives no more while twenty messages to each of its places wait for their audit record, nor keeps those waiting', async () => {
    const stored = Promise.withResolvers<void>()
    const flush = vi.fn(async () => {})
    const { waiting, deleted, polls, consume, end } = consumer({
      concurrency: 2,
      audit: { write: () => stored.promise, flush },
    })
    waiting.push(...Array.from({ length: 30 }, (_, n) => [received(`a${n}`, `a${n}`), received(`b${n}`, `b${n}`)]))
    const consumed = consume(async () => {})
    await vi.waitFor(() => expect(flush).toHaveBeenCalled())
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    expect(polls.length).toBeLessThanOrEqual(21) // one begins while the last of the twenty end
    stored.resolve()
    await vi.waitFor(() => expect(waiting).toEqual([]))
    await vi.advanceTimersByTimeAsync(100)
    await vi.waitFor(() => expect(deleted).toHaveLength(60))
    end()
    await consumed
  })

  it('waits longer and longer while it cannot poll, and goes on when it can', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.05)
    const { waiting, polls, deleted, logger, consume, end } = consumer()
    const unavailable = Object.assign(new Error('busy'), {
      name: 'ServiceUnavailable',
      $metadata: { httpStatusCode: 503 },
    })
    waiting.push(unavailable, unavailable, unavailable, [received('a', 'a')], unavailable, [received('b', 'b')])
    const consumed = consume(async () => {})
    await vi.waitFor(() => expect(deleted).toEqual(['a', 'b']))
    const [first = 0, second = 0, third = 0, fourth = 0] = polls.map(({ at }) => at)
    expect(second - first).toBeGreaterThan(45)
    expect(third - second).toBeGreaterThan(95)
    expect(fourth - third).toBeGreaterThan(195)
    expect(logger.lines).toMatchObject([1, 2, 3, 1].map((failures) => ({ attributes: { failures } })))
    end()
    await consumed
    vi.restoreAllMocks()
  })

  it('polls again when a poll is not answered at all', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const { waiting, silent, deleted, logger, consume, end } = consumer()
    silent.push(ReceiveMessageCommand)
    const consumed = consume(async () => {})
    await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(29_900)
    silent.pop()
    waiting.push([received('a', 'a')])
    await new Promise(setImmediate)
    expect(deleted).toEqual([])
    await vi.advanceTimersByTimeAsync(100)
    await vi.waitFor(() => expect(deleted).toEqual(['a']))
    expect(logger.lines).toMatchObject([{ message: 'queue not polled', attributes: { failures: 1 } }])
    end()
    await consumed
    vi.restoreAllMocks()
  })

  it('waits at its start, too, until SQS can be reached', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const { waiting, failing, deleted, logger, consume, end } = consumer()
    failing.push(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:4566'), { code: 'ECONNREFUSED' }))
    waiting.push([received('a', 'a')])
    const consumed = consume(async () => {})
    await vi.waitFor(() => expect(deleted).toEqual(['a']))
    const reason = 'Error: connect ECONNREFUSED 127.0.0.1:4566'
    expect(logger.lines).toMatchObject([{ message: 'queue not polled', attributes: { queue: queueUrl, reason } }])
    end()
    await consumed
    vi.restoreAllMocks()
  })

  it('says which queue there is not, when it is started', async () => {
    const { failing, consume } = consumer()
    failing.push(Object.assign(new Error('The specified queue does not exist.'), { name: 'QueueDoesNotExist' }))
    await expect(consume(async () => {})).rejects.toMatchObject({
      code: 'EdgeReceiveError',
      message: `${queueUrl} lets us receive nothing: QueueDoesNotExist: The specified queue does not exist. See that the URL is right, and that the client is in its region.`,
    })
  })

  it('ends with the error when SQS refuses to let it receive, after what it had begun', async () => {
    const { waiting, deleted, consume } = consumer()
    const { processor, begun, finish } = held()
    waiting.push([received('a', 'a')], Object.assign(new Error('no'), { name: 'AccessDenied' }))
    const consumed = consume(processor)
    const refused = expect(consumed).rejects.toMatchObject({
      code: 'EdgeReceiveError',
      message: `${queueUrl} lets us receive nothing: AccessDenied: no. Its policy, or ours, has to allow it: policies.edgeReceive has all that is needed.`,
    })
    await vi.waitFor(() => expect(begun).toEqual(['a']))
    finish('a')
    await vi.advanceTimersByTimeAsync(100)
    await refused
    expect(deleted).toEqual(['a'])
  })
})

describe('a consumer that is ended', () => {
  it('lets what runs come to its end, deletes it, and gives back at once what was not begun', async () => {
    const { waiting, deleted, visibilities, consume, end } = consumer({ concurrency: 1 })
    const { processor, begun, finish } = held()
    waiting.push([received('a1', 'a'), received('a2', 'a')], [received('b1', 'b')])
    const consumed = consume(processor)
    await vi.waitFor(() => expect(begun).toEqual(['a1']))
    await vi.waitFor(() => expect(waiting).toEqual([]))
    await new Promise(setImmediate)
    end()
    await vi.waitFor(() => expect(visibilities).toEqual([['b1', 0]]))
    finish('a1')
    await vi.advanceTimersByTimeAsync(100)
    await consumed
    expect(begun).toEqual(['a1'])
    expect(deleted).toEqual(['a1'])
    expect(visibilities).toEqual([
      ['b1', 0],
      ['a2', 0],
    ])
  })

  it('cuts what has not ended in time, and leaves it on the edge, not counted as run', async () => {
    const idempotency = memoryIdempotency()
    const { waiting, deleted, visibilities, consume, end } = consumer({ drainTimeout: 5_000, idempotency })
    let cut: unknown
    waiting.push([received('a', 'a')])
    const consumed = consume(async (_, { signal }) => {
      await sleep(3_600_000, undefined, { signal }).catch(() => {
        cut = signal.reason
        throw signal.reason
      })
    })
    await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(1_000)
    end()
    await vi.advanceTimersByTimeAsync(4_900)
    expect(cut).toBeUndefined()
    await vi.advanceTimersByTimeAsync(200)
    await consumed
    expect(cut).toMatchObject({ code: 'EndedError' })
    expect([deleted, visibilities]).toEqual([[], [['a', 7]]])
    expect([...idempotency.entries.values()]).toMatchObject([{ state: 'failed', attempts: 0 }])
  })

  it('ends in time when its audit does not answer, and leaves on the edge what is not recorded', async () => {
    const never = () => new Promise<never>(() => {})
    const audit = { write: never, flush: never }
    const { waiting, deleted, visibilities, consume, end } = consumer({ audit, drainTimeout: 5_000 })
    waiting.push([received('a', 'a')])
    const consumed = consume(async () => {})
    await new Promise(setImmediate)
    await vi.advanceTimersByTimeAsync(1_000)
    end()
    await vi.advanceTimersByTimeAsync(6_100)
    await consumed
    expect([deleted, visibilities]).toEqual([[], [['a', 7]]])
  })

  it('ends in time while it receives no more for want of audit records', async () => {
    const never = () => new Promise<never>(() => {})
    const { waiting, visibilities, consume, end } = consumer({
      audit: { write: never, flush: never },
      concurrency: 1,
      drainTimeout: 5_000,
    })
    waiting.push(...Array.from({ length: 30 }, (_, n) => [received(`${n}`, `${n}`)]))
    const consumed = consume(async () => {})
    await vi.waitFor(() => expect(waiting.length).toBeLessThanOrEqual(10))
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
    const left = waiting.length
    end()
    await vi.advanceTimersByTimeAsync(1_000)
    await vi.advanceTimersByTimeAsync(5_100)
    await consumed
    expect(left).toBeGreaterThanOrEqual(9)
    expect([waiting.length, visibilities.length]).toEqual([left, 30 - left])
  })

  it.each([
    ['the first request', GetQueueAttributesCommand],
    ['the request for the tags', ListQueueTagsCommand],
    ['a poll', ReceiveMessageCommand],
  ])('ends at once while %s is not answered', async (_, command) => {
    const { silent, consume, end } = consumer()
    silent.push(command)
    const consumed = consume(async () => {})
    await new Promise(setImmediate)
    end()
    await consumed
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('ends by %s, and heeds it no more when it has ended', async (name) => {
    const before = process.listenerCount(name)
    const { consume } = consumer({ signal: undefined as never })
    const consumed = consume(async () => {})
    await new Promise(setImmediate)
    expect(process.listenerCount(name)).toBe(before + 1)
    process.emit(name)
    await vi.advanceTimersByTimeAsync(100)
    await consumed
    expect(process.listenerCount(name)).toBe(before)
  })
})
