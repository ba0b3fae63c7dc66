import { describe, expect, it } from 'vitest'
import {
  type Changes,
  childOf,
  createMessage,
  createTargets,
  forward,
  type Message,
  NoRouteError,
  type ProcessorContext,
  type ProcessorFactory,
  RouteError,
  type Routes,
  receive,
  route,
  type TargetOptions,
} from '../src/index.ts'
import { fakeSqs } from './fake-sqs.ts'
import { eventOf, failuresOf, keepingLogger, record } from './records.ts'

const one = 'https://sqs.us-east-1.amazonaws.com/222222222222/one.fifo'
const two = 'http://127.0.0.1:4566/222222222222/two'
const message = (type: string): Message => createMessage({ type, body: 'hello' })

function context(parent = message('order')): ProcessorContext & { sent: { target: string; message: Message }[] } {
  const sent: { target: string; message: Message }[] = []
  const send = async (target: string, changes?: Changes) => {
    const child = childOf(parent, target, changes)
    sent.push({ target, message: child })
    return child
  }
  const rest = { audit: () => {}, bodyStream: async function* () {} }
  return { sent, send, signal: new AbortController().signal, logger: keepingLogger(), ...rest }
}

describe('route', () => {
  const ran: [name: string, targets: readonly string[], options: unknown][] = []
  const noting =
    (name: string): ProcessorFactory =>
    (targets, options) =>
    async () =>
      void ran.push([name, targets, options])
  const processors = { first: noting('first'), second: noting('second') }

  it('gives a message to the processor of its type, with its targets and options, any other type to that of "*"', async () => {
    ran.length = 0
    const processor = route(
      { order: { processor: 'first', targets: [one], size: 7 }, '*': { processor: 'second', targets: [two] } },
      processors,
    )
    await processor(message('order'), context())
    await processor(message('invoice'), context())
    expect(ran).toEqual([
      ['first', [one], { size: 7 }],
      ['second', [two], {}],
    ])
  })

  it('fails a message without a route, naming its type and the types that have one', async () => {
    const processor = route(
      { order: { processor: 'first', targets: [] }, invoice: { processor: 'first', targets: [] } },
      processors,
    )
    for (const type of ['refund', 'toString', '__proto__']) {
      await expect(processor(message(type), context())).rejects.toThrow(NoRouteError)
    }
    await expect(processor(message('refund'), context())).rejects.toThrow(
      'No route is for messages of type "refund": there are routes for "order", "invoice"; add one, or "*" for the rest.',
    )
  })

  it('is not made with a processor that does not exist', () => {
    for (const processor of ['forwrd', 'toString']) {
      const make = () => route({ order: { processor, targets: [] } }, processors)
      expect(make).toThrow(RouteError)
      expect(make).toThrow(
        `The route for "order" names the processor "${processor}", but there are only: first, second.`,
      )
    }
  })

  it.each([
    ['an empty table', {}, 'route: the argument must be a table of at least one route.'],
    [
      'a target that is no queue URL',
      { order: { processor: 'first', targets: ['orders'] } },
      'route: order.targets.0 must be a queue URL',
    ],
  ])('is not made from %s', (_, routes, sentence) => {
    expect(() => route(routes as unknown as Routes, processors)).toThrow(sentence)
  })
})

describe('forward', () => {
  it('sends body, type and group id on to every target, each with a tracking id of its own and the chain', async () => {
    const parent = { ...message('order'), groupId: 'customer-7', previousTrackingIds: ['a'.repeat(32)] }
    const { sent, ...given } = context(parent)
    await forward([one, two])(parent, given)
    expect(sent.map(({ target }) => target)).toEqual([one, two])
    for (const { message } of sent) {
      expect(message).toMatchObject({ body: 'hello', type: 'order', groupId: 'customer-7' })
      expect(message.previousTrackingIds).toEqual(['a'.repeat(32), parent.trackingId])
    }
    expect(new Set([parent.trackingId, ...sent.map(({ message }) => message.trackingId)]).size).toBe(3)
  })

  it('logs under which tracking id the message goes on, so that it can be followed', async () => {
    const logger = keepingLogger()
    const targets = createTargets({ queueUrls: [one], client: fakeSqs().client })
    const parent = '0d3a51f47c9e4b0f8a6c2e1d3b5f7a90'
    await receive(eventOf(record('hello', { trackingId: parent })), { logger, targets }, forward([one]))
    const as = expect.stringMatching(/^[0-9a-f]{32}$/)
    expect(logger.lines).toEqual([
      { level: 'info', message: 'message forwarded', attributes: { trackingId: parent, target: one, as } },
    ])
  })

  it('fails the message when one of the targets does not accept', async () => {
    const sqs = fakeSqs({
      ofRequest: (_, request) => (request === 0 ? { status: 403, code: 'AccessDenied' } : undefined),
    })
    const targets = createTargets({ queueUrls: [one, two], client: sqs.client })
    const response = await receive(eventOf(record('hello')), { logger: keepingLogger(), targets }, forward([one, two]))
    expect(failuresOf(response)).toEqual(['hello'])
    expect(sqs.accepted).toHaveLength(1)
  })

  it('is not made without a target, where messages would vanish', () => {
    expect(() => forward([])).toThrow('forward: targets must be one or more queue URLs.')
  })
})

describe('targets', () => {
  it('are made when they are first used, once', () => {
    const targets = createTargets({ queueUrls: [one], client: fakeSqs().client })
    expect(targets(one)).toBe(targets(one))
    expect(() => targets(two)).toThrow(`${two} is not a target of this node`)
  })

  it('are not made with options that are wrong, unknown or missing', () => {
    const { client } = fakeSqs()
    const make = (options: unknown) => () => createTargets(options as TargetOptions)
    expect(make({ queueUrls: [one, 'nonsense'], client })).toThrow(
      'createTargets: queueUrls.1 must be a queue URL such as',
    )
    expect(make({ queueUrls: [], client: undefined })).toThrow('createTargets: client must be an SQS client.')
    expect(make({ queueUrls: [one], client, concurrency: 0 })).toThrow('createTargets: concurrency must be 1 or more.')
    expect(make({ queueUrls: [one], client, bogus: 1 })).toThrow('createTargets: bogus is not an option.')
  })
})
