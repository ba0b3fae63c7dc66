import { setTimeout } from 'node:timers/promises'
import { Logger as PowertoolsLogger } from '@aws-lambda-powertools/logger'
import { CausewayError } from '@causeway-aws/auth'
import type { SQSEvent } from 'aws-lambda'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createTargets,
  Discard,
  EventError,
  forward,
  type Logger,
  type Processor,
  type ReceiveOptions,
  receive,
} from '../src/index.ts'
import { fakeSqs } from './fake-sqs.ts'
import { eventOf, failuresOf, keepingLogger, record, standardQueue } from './records.ts'

const target = 'https://sqs.us-east-1.amazonaws.com/222222222222/invoices.fifo'
const logger = keepingLogger()

/** A processor that notes what it ran and fails on the bodies named. */
function noting(...failing: string[]): Processor & { ran: string[] } {
  const ran: string[] = []
  const processor: Processor = async ({ body }) => {
    ran.push(body)
    await setTimeout(1)
    if (failing.includes(body)) throw new Error(`failed on purpose`)
  }
  return Object.assign(processor, { ran })
}

describe('receive, from a FIFO queue,', () => {
  it('runs the messages of a group one after the other, and groups side by side', async () => {
    const running = new Map<string, number>()
    const ran: string[] = []
    let together = 0
    const event = eventOf(
      ...['a1', 'b1', 'a2', 'c1', 'b2', 'a3'].map((name) => record(name, { group: name[0] as string })),
    )
    const response = await receive(event, { logger }, async ({ body, groupId }) => {
      expect(running.get(groupId) ?? 0).toBe(0)
      running.set(groupId, 1)
      together = Math.max(
        together,
        [...running.values()].reduce((sum, n) => sum + n),
      )
      await setTimeout(2)
      ran.push(body)
      running.set(groupId, 0)
    })
    expect(response).toEqual({ batchItemFailures: [] })
    expect(together).toBe(3)
    expect(ran.filter((name) => name.startsWith('a'))).toEqual(['a1', 'a2', 'a3'])
    expect(ran.filter((name) => name.startsWith('b'))).toEqual(['b1', 'b2'])
  })

  it('does not run the rest of a group in which one failed, reports it, and goes on with the other groups', async () => {
    const process = noting('a2')
    const event = eventOf(
      ...['a1', 'b1', 'a2', 'a3', 'b2', 'a4'].map((name) => record(name, { group: name[0] as string })),
    )
    expect(failuresOf(await receive(event, { logger }, process))).toEqual(['a2', 'a3', 'a4'])
    expect(process.ran.sort()).toEqual(['a1', 'a2', 'b1', 'b2'])
  })

  it('counts a malformed message as one that failed in its group', async () => {
    const process = noting()
    const malformed = { ...record('a1', { group: 'a' }), messageAttributes: {} }
    const event = eventOf(malformed, record('a2', { group: 'a' }), record('b1', { group: 'b' }))
    expect(failuresOf(await receive(event, { logger }, process))).toEqual(['a1', 'a2'])
    expect(process.ran).toEqual(['b1'])
  })

  it('runs at most `concurrency` groups at a time', async () => {
    let running = 0
    let most = 0
    const event = eventOf(...Array.from({ length: 9 }, (_, n) => record(`${n}`, { group: `g${n}` })))
    await receive(event, { logger, concurrency: 2 }, async () => {
      running += 1
      most = Math.max(most, running)
      await setTimeout(2)
      running -= 1
    })
    expect(most).toBe(2)
  })

  it('reports exactly what failed and what comes after it in its group, whatever fails', async () => {
    const names = fc.array(fc.record({ group: fc.constantFrom('a', 'b', 'c'), fails: fc.boolean() }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(names, fc.integer({ min: 1, max: 4 }), async (all, concurrency) => {
        const event = eventOf(...all.map(({ group }, n) => record(`${n}`, { group })))
        const ran: string[] = []
        const response = await receive(event, { logger: keepingLogger(), concurrency }, async ({ body }) => {
          ran.push(body)
          if (all[Number(body)]?.fails) throw new Error('failed on purpose')
        })
        const stopped = new Set<string>()
        const expected = all.flatMap(({ group, fails }, n) => {
          if (fails) stopped.add(group)
          return stopped.has(group) ? [`${n}`] : []
        })
        expect(failuresOf(response)).toEqual(expected)
        expect(ran).toHaveLength(all.length - expected.length + stopped.size)
      }),
    )
  })
})

describe('receive, from a standard queue,', () => {
  const standard = (name: string) => record(name, { queue: standardQueue, group: 'same' })

  it('runs every message on its own, also those of one group id', async () => {
    const process = noting('2')
    const event = eventOf(standard('1'), standard('2'), standard('3'))
    expect(failuresOf(await receive(event, { logger }, process))).toEqual(['2'])
    expect(process.ran).toEqual(['1', '2', '3'])
  })

  it('runs up to `concurrency` at a time', async () => {
    const event = eventOf(...Array.from({ length: 10 }, (_, n) => standard(`${n}`)))
    let running = 0
    let most = 0
    await receive(event, { logger, concurrency: 4 }, async () => {
      running += 1
      most = Math.max(most, running)
      await setTimeout(2)
      running -= 1
    })
    expect(most).toBe(4)
  })
})

describe('receive', () => {
  it('keeps queues apart whose records come in one event: one group id in each is two groups', async () => {
    const process = noting('first')
    const event = eventOf(
      record('first', { group: 'g', queue: 'arn:aws:sqs:us-east-1:111111111111:one.fifo' }),
      record('second', { group: 'g', queue: 'arn:aws:sqs:us-east-1:111111111111:two.fifo' }),
      record('third', { group: 'g', queue: standardQueue }),
    )
    expect(failuresOf(await receive(event, { logger }, process))).toEqual(['first'])
    expect(process.ran).toEqual(['first', 'second', 'third'])
  })

  it('gives a message without a type the type of the edge', async () => {
    const { trackingId } = record('hello').messageAttributes
    const echo = { ...record('hello'), messageAttributes: { trackingId } } as never
    const types: string[] = []
    const note: Processor = async ({ type }) => void types.push(type)
    await receive(eventOf(echo), { logger, messageType: 'echo.json' }, note)
    expect(types).toEqual(['echo.json'])
    expect(failuresOf(await receive(eventOf(echo), { logger }, note))).toEqual(['hello'])
  })

  it('takes no new message once the signal is aborted, and reports what it did not take', async () => {
    const controller = new AbortController()
    const lines = keepingLogger()
    const event = eventOf(record('a1', { group: 'a' }), record('a2', { group: 'a' }), record('b1', { group: 'b' }))
    const response = await receive(
      event,
      { logger: lines, concurrency: 1, signal: controller.signal },
      async (_, { signal }) => {
        controller.abort(new Error('The invocation ends in 2000 ms.'))
        expect(signal.aborted).toBe(true)
      },
    )
    expect(failuresOf(response)).toEqual(['a2', 'b1'])
    expect(lines.lines.map(({ attributes }) => attributes?.reason)).toEqual([
      'not run, because no new message is taken any more: Error: The invocation ends in 2000 ms.',
      'not run, because no new message is taken any more: Error: The invocation ends in 2000 ms.',
    ])
  })

  it.each([
    ['a rejected promise', async () => Promise.reject(new Error('no'))],
    [
      'an error thrown before the first await',
      (() => {
        throw new Error('no')
      }) as Processor,
    ],
    [
      'a string',
      async () => {
        throw 'no'
      },
    ],
    [
      'undefined',
      async () => {
        throw undefined
      },
    ],
    [
      'an object without a prototype',
      async () => {
        throw Object.create(null)
      },
    ],
    [
      'a symbol',
      async () => {
        throw Symbol('no')
      },
    ],
    [
      'an error whose message is no string',
      async () => {
        throw Object.assign(new Error(), { message: {} })
      },
    ],
  ])('fails the message, and only that, of a processor that throws %s', async (_, process: Processor) => {
    const event = eventOf(record('bad', { group: 'a' }), record('good', { group: 'b' }))
    const run: Processor = (message, context) =>
      message.body === 'bad' ? process(message, context) : Promise.resolve()
    expect(failuresOf(await receive(event, { logger: keepingLogger() }, run))).toEqual(['bad'])
  })

  it('refuses options that are wrong, unknown or missing, by name', async () => {
    const attempt = (options: unknown) => receive(eventOf(), options as ReceiveOptions, noting())
    await expect(attempt({})).rejects.toThrow('receive: logger is missing.')
    await expect(attempt({ logger, concurrency: 1.5 })).rejects.toThrow('receive: concurrency must be a whole number.')
    await expect(attempt({ logger, batchSize: 5 })).rejects.toThrow('receive: batchSize is not an option.')
  })
})

describe('an event that is not one of SQS fails as a whole, naming the field', () => {
  const broken = (changes: object) => ({ Records: [record('good'), { ...record('bad'), ...changes }] })
  it.each([
    ['nothing', undefined, 'it must be an object'],
    ['a scheduled event', { source: 'aws.events' }, 'Records is missing'],
    ['records that are no list', { Records: {} }, 'Records must be a list'],
    ['a record that is null', { Records: [null] }, 'Records.0 must be an object'],
    [
      'a Kinesis event',
      { Records: [{ kinesis: {}, eventSource: 'aws:kinesis' }] },
      'Records.0.messageId must be a string',
    ],
    ['no body', broken({ body: undefined }), 'Records.1.body must be a string'],
    ['a queue that is a number', broken({ eventSourceARN: 5 }), 'Records.1.eventSourceARN must be a string'],
    ['no attributes', broken({ attributes: undefined }), 'Records.1.attributes must be an object'],
    ['attributes that are null', broken({ messageAttributes: null }), 'Records.1.messageAttributes must be an object'],
  ])('%s', async (_, event, sentence) => {
    const process = noting()
    const receiving = receive(event as SQSEvent, { logger }, process)
    await expect(receiving).rejects.toThrow(EventError)
    await expect(receiving).rejects.toThrow(sentence)
    expect(process.ran).toEqual([])
  })
})

describe('what a processor sends', () => {
  const sendingTo = (faults = {}) => {
    const sqs = fakeSqs(faults)
    const targets = createTargets({ queueUrls: [target], client: sqs.client, backoff: () => 0, maxAttempts: 2 })
    return { sqs, targets }
  }
  const refusal = { Code: 'InvalidParameterValue', SenderFault: true }
  const unavailable = { ofEntry: () => ({ Code: 'InternalError', SenderFault: false }) }

  it('has been accepted when the message counts as processed, whether the processor waited or not', async () => {
    const { sqs, targets } = sendingTo({ before: () => setTimeout(20) })
    const response = await receive(eventOf(record('hello')), { logger, targets }, async (_, { send }) => {
      send(target)
      void send(target).then(() => send(target))
    })
    expect(response).toEqual({ batchItemFailures: [] })
    expect(sqs.accepted).toHaveLength(3)
  })

  it.each<[string, Processor]>([
    ['waited for', async (_, { send }) => send(target)],
    ['not waited for', async (_, { send }) => void send(target)],
    ['caught', async (_, { send }) => send(target).catch(() => {})],
  ])('fails the message when it is not accepted, %s', async (_, process) => {
    const lines = keepingLogger()
    const { targets } = sendingTo(unavailable)
    const response = await receive(eventOf(record('hello')), { logger: lines, targets }, process)
    expect(failuresOf(response)).toEqual(['hello'])
    expect(lines.lines).toMatchObject([{ level: 'error', attributes: { code: 'EdgeSendError' } }])
  })

  it('is settled before the message is answered for, also when the processor threw; its own error is the reason', async () => {
    const lines = keepingLogger()
    const { sqs, targets } = sendingTo({ before: () => setTimeout(20) })
    await receive(eventOf(record('hello')), { logger: lines, targets }, async (_, { send }) => {
      void send(target)
      throw new Error('afterwards')
    })
    expect(sqs.accepted).toHaveLength(1)
    expect(lines.lines).toMatchObject([{ attributes: { reason: 'Error: afterwards' } }])
  })

  it('fails its message when it is not accepted, also where the processor would drop that', async () => {
    for (const [fault, failures] of [
      [unavailable, ['hello']],
      [{}, []],
    ] as const) {
      const { targets } = sendingTo(fault)
      const response = await receive(eventOf(record('hello')), { logger, targets }, async (_, { send }) => {
        void send(target)
        throw new Discard('it is of no use')
      })
      expect(failuresOf(response)).toEqual(failures)
    }
  })

  it('is cut when no new message is taken any more: its message fails, and those that are done stay done', async () => {
    const controller = new AbortController()
    const lines = keepingLogger()
    const { targets } = sendingTo({
      before: (signal: AbortSignal | undefined) => setTimeout(60_000, undefined, signal ? { signal } : {}),
    })
    const event = eventOf(record('sends', { group: 'a' }), record('does not', { group: 'b' }))
    const receiving = receive(
      event,
      { logger: lines, targets, signal: controller.signal },
      async (message, { send }) => {
        if (message.body === 'sends') await send(target)
      },
    )
    await setTimeout(20)
    controller.abort()
    expect(failuresOf(await receiving)).toEqual(['sends'])
    expect(lines.lines).toMatchObject([
      { level: 'error', attributes: { messageId: 'sends', reason: expect.stringContaining('may have been accepted') } },
    ])
  })

  it('is gathered into one request, of which one that is not accepted fails its own message alone', async () => {
    const { sqs, targets } = sendingTo({
      ofEntry: ({ MessageBody = '' }) => (MessageBody === 'refused' ? refusal : undefined),
    })
    const bodies = ['first', 'second', 'refused', 'third']
    const event = eventOf(...bodies.map((body) => record(body, { group: body })))
    const response = await receive(event, { logger, targets }, forward([target]))
    expect(failuresOf(response)).toEqual(['refused'])
    expect(sqs.requests.map((entries) => entries.map(({ MessageBody }) => MessageBody))).toEqual([bodies])
  })

  it('keeps its order within a group without being waited for', async () => {
    const { sqs, targets } = sendingTo()
    const order = Array.from({ length: 15 }, (_, position) => String(position))
    await receive(eventOf(record('hello')), { logger, targets }, async (_, { send }) => {
      for (const body of order) void send(target, { body })
    })
    expect(sqs.accepted.map(({ MessageBody }) => MessageBody)).toEqual(order)
  })

  it('is twice there when it is sent twice, and the same when its message is run again', async () => {
    const { sqs, targets } = sendingTo()
    const event = eventOf(record('hello', { trackingId: 'a'.repeat(32) }))
    const twice: Processor = (_, { send }) => Promise.all([send(target), send(target), send(target, { body: 'other' })])
    await receive(event, { logger, targets }, twice)
    await receive(event, { logger, targets }, twice)
    expect(sqs.requests).toHaveLength(6)
    expect(sqs.accepted).toHaveLength(3)
  })

  it('goes through when a message was delivered twice in one event', async () => {
    const { sqs, targets } = sendingTo()
    const event = eventOf(
      ...['first', 'second'].map((id) =>
        record(id, { trackingId: 'a'.repeat(32), body: 'same', queue: standardQueue }),
      ),
    )
    expect(await receive(event, { logger, targets }, forward([target]))).toEqual({ batchItemFailures: [] })
    expect(sqs.accepted).toHaveLength(1)
  })

  it('can only go to the targets', async () => {
    const lines = keepingLogger()
    const { targets } = sendingTo()
    const stranger = 'https://sqs.us-east-1.amazonaws.com/333333333333/elsewhere'
    const elsewhere: Processor = async (_, { send }) => send(stranger)
    expect(failuresOf(await receive(eventOf(record('hello')), { logger: lines, targets }, elsewhere))).toEqual([
      'hello',
    ])
    expect(failuresOf(await receive(eventOf(record('hello')), { logger: lines }, elsewhere))).toEqual(['hello'])
    expect(lines.lines.map(({ attributes }) => attributes?.reason)).toEqual([
      `${stranger} is not a target of this node: they are ${target}; add it to the targets or send elsewhere.`,
      `${stranger} is not a target of this node: it has none; add it to the targets or send elsewhere.`,
    ])
  })

  it('is refused, and logged, after the processor has ended', async () => {
    const lines = keepingLogger()
    const { sqs, targets } = sendingTo()
    let late: Promise<unknown> | undefined
    const response = await receive(eventOf(record('hello')), { logger: lines, targets }, async (_, { send }) => {
      void setTimeout(20).then(() => {
        late = send(target)
      })
    })
    expect(response).toEqual({ batchItemFailures: [] })
    await setTimeout(40)
    await expect(late).rejects.toMatchObject({ code: 'LateSendError' })
    expect(lines.lines).toMatchObject([
      { level: 'error', message: 'message sent too late', attributes: { messageId: 'hello' } },
    ])
    expect(sqs.accepted).toEqual([])
  })
})

describe('the log', () => {
  const id = 'c9b7e0d8f1a24e0d9c6b5a4f3e2d1c0b'

  it('has each failure once, with reason, tracking id, message id and queue', async () => {
    const lines = keepingLogger()
    const failing = record('a1', { trackingId: id })
    await receive(eventOf(failing, record('a2')), { logger: lines }, noting('a1'))
    expect(lines.lines).toEqual([
      {
        level: 'error',
        message: 'message failed',
        attributes: {
          messageId: 'a1',
          trackingId: id,
          queue: failing.eventSourceARN,
          reason: 'Error: failed on purpose',
          stack: expect.stringMatching(/^\s+at .*receive\.test\.ts/),
        },
      },
      {
        level: 'warn',
        message: 'message not run',
        attributes: expect.objectContaining({ messageId: 'a2', reason: 'not run, because a1 of its group failed' }),
      },
    ])
  })

  it('says in each line of a processor which message it is about', async () => {
    const lines = keepingLogger()
    await receive(eventOf(record('a1', { trackingId: id })), { logger: lines }, async (_, { logger }) => {
      for (const level of ['debug', 'info', 'warn', 'error'] as const) logger[level](`at ${level}`, { more: 1 })
    })
    const attributes = { trackingId: id, more: 1 }
    expect(lines.lines).toEqual(
      ['debug', 'info', 'warn', 'error'].map((level) => ({ level, message: `at ${level}`, attributes })),
    )
  })

  it('never has the body, not even where an error quotes it', async () => {
    const secret = 'card 4111 1111\n    at once'
    const throwing: Processor[] = [
      async ({ body }) => JSON.parse(body),
      async ({ body }) => Promise.reject(new Error(`cannot read ${body}`)),
      async ({ body }) => Promise.reject(`cannot read ${body}`),
    ]
    for (const process of throwing) {
      const lines = keepingLogger()
      await receive(eventOf({ ...record('x'), body: secret }), { logger: lines }, process)
      expect(lines.lines).toHaveLength(1)
      expect(JSON.stringify(lines.lines)).not.toMatch(/4111|at once/)
    }
  })

  it('keeps the reason readable whatever a short body is part of, and takes the body itself out', async () => {
    const reasonFor = async (body: string) => {
      const lines = keepingLogger()
      await receive(eventOf({ ...record('x'), body }), { logger: lines }, async () => {
        throw new Error(`Cannot read "${body}" here`)
      })
      return lines.lines[0]?.attributes.reason
    }
    for (const body of ['e', 'ad', '4711', 'é']) expect(await reasonFor(body)).toBe('Error: Cannot read "[body]" here')
  })

  it.each<[string, unknown]>([
    ['an error of the AWS SDK', new Error('The Canonical String was\nx-amz-security-token:TOKEN\n')],
    ['an error of ours', new CausewayError('GET /?X-Amz-Security-Token=TOKEN failed.', { code: 'Failed' })],
    ['a string', 'X-Amz-Security-Token=TOKEN'],
  ])('never has a session token, not even where %s repeats it', async (_, thrown) => {
    const lines = keepingLogger()
    await receive(eventOf(record('x')), { logger: lines }, () => Promise.reject(thrown))
    expect(lines.lines).toHaveLength(1)
    expect(JSON.stringify(lines.lines)).not.toContain('TOKEN')
  })

  it('has no body in it, not even one with a credential that is taken out first', async () => {
    const lines = keepingLogger()
    const body = 'card 4111 1111, x-amz-security-token:TOKEN, paid'
    await receive(eventOf({ ...record('x'), body }), { logger: lines }, () => Promise.reject(`cannot read ${body}`))
    expect(lines.lines[0]?.attributes.reason).toBe('cannot read [body]')
  })

  it('can be a Powertools logger', () => {
    const powertools: Logger = new PowertoolsLogger()
    expect(powertools).toBeDefined()
  })
})
