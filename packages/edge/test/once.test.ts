import { setTimeout as sleep } from 'node:timers/promises'
import { ChangeMessageVisibilityBatchCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, it } from 'vitest'
import { keyOf } from '../src/idempotency/key.ts'
import {
  type Audit,
  type AuditEntry,
  createMessage,
  Discard,
  deadLetterQueue,
  encodeMessage,
  type Processor,
  type ReceiveOptions,
  Retry,
  receive,
} from '../src/index.ts'
import { fakeS3 } from './large-bodies/fake-s3.ts'
import { memoryIdempotency } from './memory-idempotency.ts'
import { eventOf, failuresOf, keepingLogger, record, recordOf, standardQueue } from './records.ts'

const deadLetterUrl = 'https://sqs.us-east-1.amazonaws.com/111111111111/orders-dead.fifo'

/** A node that remembers and gives up after three attempts, and what it said to SQS. */
function node(options: Partial<ReceiveOptions> = {}) {
  const letters: SendMessageCommand['input'][] = []
  const visibilities: [receiptHandle: string | undefined, seconds: number | undefined][] = []
  const refusing = { letters: false }
  const client = {
    async send(command: unknown) {
      if (command instanceof SendMessageCommand) {
        if (refusing.letters) throw new Error('refused')
        letters.push(command.input)
      }
      if (command instanceof ChangeMessageVisibilityBatchCommand) {
        for (const { ReceiptHandle, VisibilityTimeout } of command.input.Entries ?? []) {
          visibilities.push([ReceiptHandle, VisibilityTimeout])
        }
      }
      return {}
    },
  } as unknown as SQSClient
  const logger = keepingLogger()
  const idempotency = memoryIdempotency()
  const deadLetters = deadLetterQueue({ queueUrl: deadLetterUrl, client, maxAttempts: 3 })
  const settings = { logger, idempotency, deadLetters, client, retryDelay: () => 4_000, ...options }
  return {
    letters,
    visibilities,
    refusing,
    logger,
    idempotency,
    run: async (records: Parameters<typeof eventOf>, processor: Processor) =>
      failuresOf(await receive(eventOf(...records), settings, processor)),
  }
}

const neverEnding: Processor = () => new Promise(() => {})

/** The same message, handed out by SQS once more. */
const comingAgain = (received: ReturnType<typeof record>) => ({
  ...received,
  attributes: { ...received.attributes, ApproximateReceiveCount: '2' },
})

/** Counts the runs of each body, and fails as often as it is told. */
function counting(failures: Record<string, number> = {}): Processor & { runs: Record<string, number> } {
  const runs: Record<string, number> = {}
  const processor: Processor = async ({ body }) => {
    runs[body] = (runs[body] ?? 0) + 1
    if (runs[body] <= (failures[body] ?? 0)) throw new Error(`${body} is not well`)
  }
  return Object.assign(processor, { runs })
}

const handled = (name: string, group = 'g') => ({ ...record(name, { group }), receiptHandle: `handle of ${name}` })

describe('a message that comes again', () => {
  it('is acknowledged without being run, when it was run to its end', async () => {
    const { run, logger } = node()
    const processor = counting()
    const a = record('a')
    expect(await run([a], processor)).toEqual([])
    expect(await run([a], processor)).toEqual([])
    expect(processor.runs).toEqual({ a: 1 })
    expect(logger.lines).toMatchObject([{ level: 'info', message: 'message absorbed' }])
  })

  it('is run again when it has failed', async () => {
    const { run } = node()
    const processor = counting({ a: 1 })
    const a = record('a')
    expect(await run([a], processor)).toEqual(['a'])
    expect(await run([a], processor)).toEqual([])
    expect(processor.runs).toEqual({ a: 2 })
  })

  it.each([
    ['comes back by and by while another runs it', 4_000, 4],
    ['comes back no later than when that must have ended', 900_000, 61],
  ])('%s', async (_, delay, seconds) => {
    const { run, visibilities } = node({ deadline: Date.now() + 60_000, retryDelay: () => delay })
    const processor = counting()
    const twice = [record('a', { trackingId: 'a'.repeat(32), queue: standardQueue })] as const
    let second: string[] | undefined
    const first = await run([...twice], async () => {
      second = await run([{ ...twice[0], receiptHandle: 'second' }], processor)
    })
    expect(first).toEqual([])
    expect(second).toEqual(['a'])
    expect(processor.runs).toEqual({})
    expect(visibilities).toEqual([['second', seconds]])
  })

  it('is run again when the run that had claimed it was cut off', async () => {
    const { run, idempotency } = node({ deadline: Date.now() - 1 })
    const processor = counting()
    const a = record('a')
    await idempotency.claim(keyOf('node', a, a.messageAttributes.trackingId?.stringValue ?? ''), 0)
    expect(await run([a], processor)).toEqual([])
    expect(processor.runs).toEqual({ a: 1 })
  })

  it('is run alone when the run before was cut off', async () => {
    const { run } = node({ deadline: Date.now() - 1 })
    const cut = record('cut', { group: 'cut' })
    void run([cut], neverEnding)
    await sleep(10)
    const beside: string[][] = []
    const going = new Set<string>()
    const processor: Processor = async ({ body }) => {
      going.add(body)
      beside.push([...going])
      await sleep(20)
      going.delete(body)
    }
    const others = ['a', 'b', 'c'].map((body) => record(body, { group: body }))
    expect(await run([others[0], comingAgain(cut), others[1], others[2]] as never, processor)).toEqual([])
    expect(beside.filter((bodies) => bodies.includes('cut'))).toEqual([['cut']])
    expect(beside).toHaveLength(4)
  })

  it('is not counted as run when it waited for one that is run alone until the invocation ended', async () => {
    const aborter = new AbortController()
    const { run, idempotency } = node({ signal: aborter.signal })
    const [cut, slow] = [record('cut', { group: 'cut' }), record('slow', { group: 'slow' })]
    await idempotency.claim(keyOf('node', cut, cut.messageAttributes.trackingId?.stringValue ?? ''), 0)
    const processor: Processor = async (_, { signal }) => {
      setTimeout(() => aborter.abort(), 20)
      await sleep(10_000, undefined, { signal })
    }
    expect(await run([slow, comingAgain(cut)], processor)).toEqual(['slow', 'cut'])
    expect([...idempotency.entries.values()]).toMatchObject([
      { state: 'failed', attempts: 1 },
      { state: 'failed', attempts: 0 },
    ])
  })

  it('is run again when a redrive has brought it back from the dead letters, and once', async () => {
    const { run, letters } = node()
    const processor = counting({ a: 3 })
    const a = record('a')
    for (let delivery = 0; delivery < 4; delivery += 1) await run([a], processor)
    expect(letters).toHaveLength(1)
    expect(processor.runs).toEqual({ a: 3 })
    const redrive = { dataType: 'String', stringValue: 'f'.repeat(32) }
    const redriven = { ...a, messageAttributes: { ...a.messageAttributes, redrive } }
    for (let delivery = 0; delivery < 2; delivery += 1) expect(await run([redriven], processor)).toEqual([])
    expect(processor.runs).toEqual({ a: 4 })
  })

  it('is another message when another sender sends it, whose tracking id it took', async () => {
    const { run } = node()
    const processor = counting()
    const a = record('a')
    const other = { ...a, attributes: { ...a.attributes, SenderId: 'AROAEXAMPLE:session-1' } }
    const same = { ...a, attributes: { ...a.attributes, SenderId: 'AROAEXAMPLE:session-2' } }
    for (const each of [a, other, same]) await run([each], processor)
    expect(processor.runs).toEqual({ a: 2 })
  })

  it('fails, and is not run, when the table cannot be reached', async () => {
    const idempotency = { ...memoryIdempotency(), claim: () => Promise.reject(new Error('no table')) }
    const { run, logger } = node({ idempotency })
    const processor = counting()
    expect(await run([record('a'), record('b')], processor)).toEqual(['a', 'b'])
    expect(processor.runs).toEqual({})
    expect(logger.lines).toMatchObject([{ attributes: { reason: 'Error: no table' } }, { message: 'message not run' }])
  })

  it('comes again when nobody could be told that it is done', async () => {
    const idempotency = { ...memoryIdempotency(), complete: () => Promise.reject(new Error('no table')) }
    const { run } = node({ idempotency })
    expect(await run([record('a')], counting())).toEqual(['a'])
  })
})

describe('a message that always fails', () => {
  it('goes to the dead letters with its reason after as many runs as it has, and its group goes on', async () => {
    const { run, letters, logger } = node()
    const processor = counting({ bad: 99 })
    const bad = record('bad')
    const next = record('next')
    expect(await run([bad, next], processor)).toEqual(['bad', 'next'])
    expect(await run([bad, next], processor)).toEqual(['bad', 'next'])
    expect(await run([bad, next], processor)).toEqual([])
    expect(processor.runs).toEqual({ bad: 3, next: 1 })
    expect(letters).toEqual([
      {
        QueueUrl: deadLetterUrl,
        MessageBody: 'bad',
        MessageGroupId: 'g',
        MessageDeduplicationId: expect.stringMatching(/^[0-9a-f]{64}$/),
        MessageAttributes: {
          trackingId: { DataType: 'String', StringValue: bad.messageAttributes.trackingId?.stringValue },
          messageType: { DataType: 'String', StringValue: 'order' },
          reason: { DataType: 'String', StringValue: 'Error: [body] is not well' },
          attempts: { DataType: 'Number', StringValue: '3' },
          failedAt: { DataType: 'String', StringValue: expect.stringMatching(/^\d{4}-.*Z$/) },
        },
      },
    ])
    expect(logger.lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'message given up',
      attributes: { attempts: 3 },
    })
  })

  it('is not counted as run when it only came with one that failed', async () => {
    const { run, letters } = node()
    const processor = counting({ bad: 2 })
    const records = [record('bad'), record('innocent')] as const
    for (let delivery = 0; delivery < 3; delivery += 1) await run([...records], processor)
    expect(processor.runs).toEqual({ bad: 3, innocent: 1 })
    expect(letters).toEqual([])
  })

  it('is not counted as run when it was begun late and the invocation ended', async () => {
    const aborter = new AbortController()
    const { run, letters, idempotency } = node({ signal: aborter.signal, deadline: Date.now() + 150 })
    const [early, late] = [record('early'), record('late')]
    const processor: Processor = async ({ body }, { signal }) => {
      await sleep(100)
      if (body === 'early') return
      aborter.abort()
      signal.throwIfAborted()
    }
    expect(await run([early, late], processor)).toEqual([late.messageId])
    const [, entry] = [...idempotency.entries.values()]
    expect(entry).toMatchObject({ state: 'failed', attempts: 0 })
    expect(letters).toEqual([])
  })

  it('is counted when it was begun early and the invocation ended', async () => {
    const aborter = new AbortController()
    const { run, idempotency } = node({ signal: aborter.signal, deadline: Date.now() + 1_000 })
    const processor: Processor = async (_, { signal }) => {
      aborter.abort()
      signal.throwIfAborted()
    }
    await run([record('slow')], processor)
    expect([...idempotency.entries.values()]).toMatchObject([{ state: 'failed', attempts: 1 }])
  })

  it('stays on the edge while the dead letter queue does not take it', async () => {
    const { run, letters, refusing } = node()
    const processor = counting({ bad: 99 })
    const bad = record('bad')
    refusing.letters = true
    for (let delivery = 0; delivery < 4; delivery += 1) expect(await run([bad], processor)).toEqual(['bad'])
    expect(processor.runs).toEqual({ bad: 3 })
    refusing.letters = false
    expect(await run([bad], processor)).toEqual([])
    expect(letters).toMatchObject([{ MessageAttributes: { reason: { StringValue: 'Error: [body] is not well' } } }])
  })

  it('is given up, with the reason, before SQS does so, which counts what the node does not', async () => {
    const { run, letters } = node()
    const waits = record('waits')
    const processor: Processor = async () => {
      throw new Retry(0)
    }
    const received = (times: number) => ({
      ...waits,
      attributes: { ...waits.attributes, ApproximateReceiveCount: `${times}` },
    })
    expect(await run([received(899)], processor)).toEqual(['waits'])
    expect(letters).toEqual([])
    expect(await run([received(900)], processor)).toEqual([])
    const reason = { StringValue: expect.stringContaining('The processor asks for the message again') }
    expect(letters).toMatchObject([{ MessageAttributes: { reason } }])
  })

  it('says why it was cut, where its processor says only that it was', async () => {
    const aborter = new AbortController()
    const { run, logger } = node({ signal: aborter.signal })
    const processor: Processor = async (_, { signal }) => {
      setTimeout(() => aborter.abort(new Error('there is no more time')), 10)
      await sleep(10_000, undefined, { signal })
    }
    expect(await run([record('slow')], processor)).toEqual(['slow'])
    expect(logger.lines).toMatchObject([{ attributes: { reason: 'Error: there is no more time' } }])
  })

  it('is given up without another run when all were cut off: the first, which may have been for another, and three', async () => {
    const { run, letters } = node({ deadline: Date.now() - 1 })
    const bad = record('bad')
    for (let delivery = 0; delivery < 4; delivery += 1) {
      void run([bad], neverEnding)
      await sleep(10)
    }
    expect(await run([bad], neverEnding)).toEqual([])
    expect(letters).toMatchObject([{ MessageAttributes: { reason: { StringValue: 'each run of it was cut off' } } }])
  })

  it('and ends the process takes no other with it that was run beside it', async () => {
    const { run, letters, idempotency } = node({ deadline: Date.now() - 1 })
    const [bad, ...good] = ['bad', 'a', 'b', 'c'].map((body) => record(body, { group: body }))
    if (!bad) throw new Error('there is none')
    void run([bad, ...good], neverEnding)
    await sleep(10)
    const again = [bad, ...good].map((each) => comingAgain(each)) as Parameters<typeof run>[0]
    const processor = counting()
    const ends: Processor = (message, context) =>
      message.body === 'bad' ? neverEnding(message, context) : processor(message, context)
    for (let delivery = 0; delivery < 3; delivery += 1) {
      void run(again, ends)
      await sleep(10)
    }
    expect([...idempotency.entries.values()].map(({ attempts }) => attempts)).toEqual([3, 0, 0, 0])
    expect(await run(again, ends)).toEqual([])
    expect(processor.runs).toEqual({ a: 1, b: 1, c: 1 })
    expect(letters.map(({ MessageBody }) => MessageBody)).toEqual(['bad'])
  })

  it('goes at once when it cannot be read, and keeps what it carries', async () => {
    const { run, letters } = node()
    const unreadable = {
      ...record('a'),
      messageAttributes: {
        trackingId: { dataType: 'Number', stringValue: '7' },
        note: { dataType: 'Binary', binaryValue: 'AAE=' },
      },
    }
    expect(await run([unreadable as never], counting())).toEqual([])
    expect(letters).toMatchObject([
      {
        MessageBody: 'a',
        MessageAttributes: {
          trackingId: { DataType: 'Number', StringValue: '7' },
          note: { DataType: 'Binary', BinaryValue: Buffer.from([0, 1]) },
          reason: { StringValue: expect.stringContaining('its attribute "trackingId" is not of type String') },
        },
      },
    ])
  })

  it('leaves behind what would not fit beside its body, and of ten attributes a stranger’s', async () => {
    const { run, letters } = node()
    const many = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [`note${n}`, { dataType: 'String', stringValue: 'x' }]),
    )
    const own = record('full', { body: 'x'.repeat(1_048_576 - 60) }).messageAttributes
    const full = {
      ...record('full'),
      body: 'x'.repeat(1_048_576 - 60),
      messageAttributes: { trackingId: own.trackingId },
    }
    const crowded = { ...record('crowded'), messageAttributes: { ...many, trackingId: own.trackingId } }
    await run([full as never, crowded as never], counting())
    expect(Object.keys(letters[0]?.MessageAttributes ?? {})).toEqual(['trackingId'])
    expect(Object.keys(letters[1]?.MessageAttributes ?? {})).toEqual([
      'trackingId',
      'reason',
      'attempts',
      'failedAt',
      ...Array.from({ length: 6 }, (_, n) => `note${n}`),
    ])
  })
})

describe('a sender that means no good', () => {
  it('cannot make the record of a message one that the table refuses', async () => {
    const { run, idempotency } = node()
    const redrive = { stringValue: 'x'.repeat(3_000), dataType: 'String' }
    const a = record('a')
    expect(await run([{ ...a, messageAttributes: { ...a.messageAttributes, redrive } } as never], counting())).toEqual(
      [],
    )
    const key = expect.stringMatching(/^node#orders\.fifo#[0-9a-f]{32}#[0-9a-f]{32}$/)
    expect([...idempotency.entries.keys()]).toEqual([key])
  })

  it.each([
    ['a character that SQS refuses', 'no article \u0000', 'Error: no article \uFFFD'],
    ['too long', 'x'.repeat(5_000), `Error: ${'x'.repeat(993)}`],
    ['half a surrogate pair at the cut', `${'x'.repeat(992)}😀`, `Error: ${'x'.repeat(992)}\uFFFD`],
    ['nothing', undefined, 'no reason was given'],
  ])('cannot make the reason of its dead letter one that SQS refuses: %s', async (_, thrown, reason) => {
    const { run, letters } = node()
    const failing: Processor = async () => {
      throw thrown === undefined ? '' : new Error(thrown)
    }
    const a = record('a')
    for (let delivery = 0; delivery < 3; delivery += 1) await run([a], failing)
    expect(letters).toMatchObject([{ MessageAttributes: { reason: { StringValue: reason } } }])
  })
})

describe('a message whose body in S3 is not what it says', () => {
  async function stored() {
    const s3 = fakeS3()
    const largeBodies = s3.bodies()
    const bodyReference = await largeBodies.store('the body')
    const message = createMessage({ type: 'order', bodyReference })
    return { s3, key: bodyReference.key, largeBodies, received: recordOf(encodeMessage(message, { fifo: true })) }
  }

  it('is tried as often as any other before it is given up', async () => {
    const { s3, key, largeBodies, received } = await stored()
    s3.objects.set(key, Buffer.from('short'))
    const { run, letters } = node({ largeBodies })
    const processor = counting()
    for (const left of [[received.messageId], [received.messageId], []]) {
      expect(await run([received], processor)).toEqual(left)
    }
    expect(processor.runs).toEqual({})
    const { reason, attempts } = letters[0]?.MessageAttributes ?? {}
    expect([reason?.StringValue, attempts?.StringValue]).toEqual([
      expect.stringMatching(/^A large body cannot be read: /),
      '3',
    ])
  })

  it('passes without a redrive where the body is put back before', async () => {
    const { s3, key, largeBodies, received } = await stored()
    const whole = s3.objects.get(key) ?? Buffer.alloc(0)
    s3.objects.set(key, Buffer.from('short'))
    const { run, letters } = node({ largeBodies })
    const processor = counting()
    expect(await run([received], processor)).toEqual([received.messageId])
    s3.objects.set(key, whole)
    expect(await run([received], processor)).toEqual([])
    expect(processor.runs).toEqual({ 'the body': 1 })
    expect(letters).toEqual([])
  })
})

describe('what does not answer', () => {
  const never = () => new Promise<never>(() => {})
  const failing: Processor = async () => {
    throw new Error('failed')
  }

  it.each<[string, Partial<ReceiveOptions>, Processor]>([
    ['the table', { idempotency: { ...memoryIdempotency(), claim: never } }, counting()],
    ['the table, at the end of a run', { idempotency: { ...memoryIdempotency(), complete: never } }, counting()],
    ['the table, after a failure', { idempotency: { ...memoryIdempotency(), fail: never } }, failing],
    ['the dead letter queue', { deadLetters: { maxAttempts: 1, bury: never } }, failing],
    ['the queue, told when a message comes again', { client: { send: never } as unknown as SQSClient }, failing],
    ['the audit', { audit: { write: never, flush: never } }, counting()],
  ])('costs no more than a second beyond the signal: %s', async (_, options, processor) => {
    const { run } = node({ ...options, signal: AbortSignal.timeout(50) })
    expect(await run([record('a')], processor)).toEqual(['a'])
  })

  it('leaves the reason of a failure in the log', async () => {
    const idempotency = { ...memoryIdempotency(), fail: () => Promise.reject(new Error('throttled')) }
    const { run, logger } = node({ idempotency })
    await run([record('a')], failing)
    expect(logger.lines).toMatchObject([
      { message: 'failure not remembered', attributes: { reason: 'Error: throttled' } },
      { message: 'message failed', attributes: { reason: 'Error: failed' } },
    ])
  })
})

describe('the audit', () => {
  function keepingAudit(accept: () => Promise<void> = async () => {}) {
    const entries: AuditEntry[] = []
    const audit: Audit = {
      write(entry) {
        entries.push(entry)
        return accept()
      },
      flush: async () => {},
    }
    return { entries, audit }
  }

  it('says of each message what became of it, who sent it, and what the processor adds', async () => {
    const { entries, audit } = keepingAudit()
    const { run } = node({ audit })
    const bad = record('bad', { group: 'b' })
    const processor: Processor = async ({ body }, { audit }) => {
      audit({ article: 'A-17' })
      if (body === 'bad') throw new Error('not well')
      if (body === 'useless') throw new Discard('it is of no use')
    }
    for (let delivery = 0; delivery < 3; delivery += 1) await run([bad], processor)
    await run([record('good', { previousTrackingIds: ['b'.repeat(32)] }), record('useless')], processor)
    const sent = { sourceNode: 'AIDAIENQZJOLO23YVJ4VO', messageType: 'order' }
    expect(entries).toMatchObject([
      { ...sent, outcome: 'dead', attributes: { article: 'A-17', reason: 'Error: not well', attempts: 3 } },
      { ...sent, outcome: 'processed', previousTrackingIds: ['b'.repeat(32)], attributes: { article: 'A-17' } },
      { ...sent, outcome: 'discarded', attributes: { article: 'A-17', reason: 'it is of no use' } },
    ])
  })

  it('says no more of a message that failed than a record takes, and no body and no credentials', async () => {
    const { entries, audit } = keepingAudit()
    const { run, logger } = node({ audit })
    const body = '{"card":"4111111111111111"}'
    await run([record(body)], async (_, { audit }) => {
      audit({ article: 'A'.repeat(4_060) })
      throw new Discard(`${body} came twice, by X-Amz-Security-Token=IQoJb3JpZ2luX2VjEAb1`)
    })
    const reason = '[body] came twice, by X-Amz-Security-Token=[redacted]'
    expect(entries).toMatchObject([{ outcome: 'discarded', attributes: { reason } }])
    expect(entries[0]?.attributes).not.toHaveProperty('article')
    expect(logger.lines).toMatchObject([{ message: 'message discarded', attributes: { reason } }])
  })

  it('has the last 64 of the previous tracking ids that a stranger sent more of', async () => {
    const { entries, audit } = keepingAudit()
    const previousTrackingIds = Array.from({ length: 70 }, (_, index) => `${index}`.padStart(32, '0'))
    const a = record('a')
    // Our own encoder keeps the last 64.
    const prevTrackingIds = { dataType: 'String', stringValue: JSON.stringify(previousTrackingIds) }
    const received = { ...a, messageAttributes: { ...a.messageAttributes, prevTrackingIds } }
    expect(await node({ audit }).run([received], counting())).toEqual([])
    expect(entries.map(({ previousTrackingIds }) => previousTrackingIds)).toEqual([previousTrackingIds.slice(6)])
  })

  it('fails the processor that adds more than a record takes, and not what was done', async () => {
    const { entries, audit } = keepingAudit()
    const { run, logger } = node({ audit })
    const reports: Processor = async (_, { audit }) => {
      audit({ report: 'x'.repeat(3_000) })
      audit({ more: 'x'.repeat(3_000) })
    }
    expect(await run([record('a')], reports)).toEqual(['a'])
    expect(JSON.stringify(logger.lines)).toContain(
      'audit: the argument must be an object of at most 4096 bytes as JSON',
    )
    expect(entries).toEqual([])
  })

  it("has of a role's session the role as the sender, and what the session calls itself beside it", async () => {
    const { entries, audit } = keepingAudit()
    const sentBy = (SenderId: string) => {
      const sent = record('a')
      return { ...sent, attributes: { ...sent.attributes, SenderId } }
    }
    for (const sender of ['AROAEXAMPLE:AIDAEXAMPLE:x', 'AROAEXAMPLE:', ''])
      await node({ audit }).run([sentBy(sender)], counting())
    expect(entries.map(({ sourceNode, sourceSession }) => [sourceNode, sourceSession])).toEqual([
      ['AROAEXAMPLE', 'AIDAEXAMPLE:x'],
      ['AROAEXAMPLE', undefined],
      ['unknown', undefined],
    ])
  })

  it('keeps a message on its edge, with what came after it, until its record was accepted', async () => {
    const failing = keepingAudit(() => Promise.reject(new Error('not accepted')))
    const { run, idempotency } = node({ audit: failing.audit })
    const processor = counting()
    const records = [record('a'), record('b'), record('c', { group: 'other' })] as const
    expect(await run([...records], processor)).toEqual(['a', 'b', 'c'])

    const { entries, audit } = keepingAudit()
    expect(await node({ audit, idempotency }).run([...records], processor)).toEqual([])
    expect(processor.runs).toEqual({ a: 1, b: 1, c: 1 })
    expect(entries).toMatchObject(Array(3).fill({ outcome: 'processed', attributes: { repeated: true } }))
  })

  it('has each message that is not on record in the log once, as one that was run, and tells SQS of it once', async () => {
    const failing = keepingAudit(() => Promise.reject(new Error('not accepted')))
    const { run, logger, visibilities } = node({ audit: failing.audit })
    const records = ['a', 'b', 'fails', 'd'].map((name) => handled(name))
    expect(await run(records, counting({ fails: 1 }))).toEqual(['a', 'b', 'fails', 'd'])
    const reported = logger.lines.map(({ message, attributes }) => [message, attributes.messageId, attributes.reason])
    expect(reported.toSorted(([, a], [, b]) => String(a).localeCompare(String(b)))).toEqual([
      ['message run, but not on record', 'a', 'Error: not accepted'],
      ['message run, but not acknowledged', 'b', 'stays, because a of its group is not on record'],
      ['message not run', 'd', 'not run, because fails of its group failed'],
      ['message failed', 'fails', 'Error: [body] is not well'],
    ])
    expect(Object.fromEntries(visibilities)).toEqual({
      'handle of a': 4,
      'handle of b': 0,
      'handle of fails': 4,
      'handle of d': 0,
    })
    expect(visibilities).toHaveLength(4)
  })

  it('says of a dead letter that it is one, also when its record is accepted only the next time', async () => {
    const failing = keepingAudit(() => Promise.reject(new Error('not accepted')))
    const { run, idempotency } = node({ audit: failing.audit })
    const bad = record('bad')
    for (let delivery = 0; delivery < 3; delivery += 1) expect(await run([bad], counting({ bad: 99 }))).toEqual(['bad'])

    const { entries, audit } = keepingAudit()
    expect(await node({ audit, idempotency }).run([bad], counting())).toEqual([])
    expect(entries).toMatchObject([{ outcome: 'dead', attributes: { repeated: true } }])
  })

  it('accounts for a message that cannot be read', async () => {
    const { entries, audit } = keepingAudit()
    const { run } = node({ audit })
    const unreadable = { ...record('a'), messageAttributes: { trackingId: { dataType: 'Number', stringValue: '7' } } }
    await run([unreadable as never], counting())
    const trackingId = expect.stringMatching(/^[0-9a-f]{32}$/)
    expect(entries).toMatchObject([{ trackingId, messageType: 'unreadable', outcome: 'dead' }])
  })
})

describe('when messages come again', () => {
  it('is the backoff for one that failed; the rest of its group and what was not begun come at once', async () => {
    const controller = new AbortController()
    const { run, visibilities } = node({ signal: controller.signal, concurrency: 1 })
    const processor: Processor = async () => {
      controller.abort()
      throw new Error('failed')
    }
    await run([handled('a', 'one'), handled('b', 'one'), handled('c', 'two')], processor)
    expect(visibilities).toEqual([
      ['handle of a', 4],
      ['handle of b', 0],
      ['handle of c', 0],
    ])
  })

  it('is what the processor asks for, which is no attempt', async () => {
    const { run, visibilities, letters } = node()
    const later: Processor = async () => {
      throw new Retry(90)
    }
    for (let delivery = 0; delivery < 5; delivery += 1) expect(await run([handled('a')], later)).toEqual(['a'])
    expect(visibilities[0]).toEqual(['handle of a', 90])
    expect(letters).toEqual([])
  })

  it('is no later than SQS can hide a message that a trigger gathered others for', async () => {
    const { run, visibilities } = node()
    const tomorrow: Processor = async () => {
      throw new Retry(43_200)
    }
    await run([handled('a')], tomorrow)
    const [[, seconds = 0] = []] = visibilities
    expect(seconds).toBeLessThanOrEqual(43_200 - 300)
    expect(seconds).toBeGreaterThan(43_200 - 310)
  })

  it('is never, when the processor drops it', async () => {
    const { run, logger, letters } = node()
    const dropping: Processor = async () => {
      throw new Discard('it is of no use')
    }
    expect(await run([record('a')], dropping)).toEqual([])
    expect(letters).toEqual([])
    expect(logger.lines).toMatchObject([{ message: 'message discarded', attributes: { reason: 'it is of no use' } }])
  })

  it('cannot be in more than twelve hours', () => {
    expect(() => new Retry(43_201)).toThrow('A message can come again after 0 to 43200 seconds.')
    expect(() => new Retry(Number.NaN)).toThrow(RangeError)
  })
})
