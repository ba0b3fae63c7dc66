import * as v from 'valibot'
import { describe, expectTypeOf, it } from 'vitest'
import { createHandler, duration, integer, json, list, text } from '../src/index.ts'
import { lambdaContext } from '../src/testing.ts'

const environment = {
  CONCURRENCY: '1',
  TARGETS: '[]',
  ROUTE: '{"processor":"forward"}',
  TTL: '1s',
  NAME: 'a',
}
const route = v.strictObject({ processor: v.picklist(['forward', 'process']) })
const configuration = {
  concurrency: integer(),
  targets: list(text()),
  route: json(route),
  ttl: duration(),
  name: text(),
}

describe('The types of a handler', () => {
  it('follow from its definition', () => {
    const handler = createHandler(
      {
        name: 'test',
        environment,
        configuration,
        clients: { sqs: () => ({ send: (body: string) => body.length }), named: (config) => ({ is: config.name }) },
      },
      (event: { body: string }, { config, clients, signal }) => {
        expectTypeOf(config.concurrency).toEqualTypeOf<number>()
        expectTypeOf(config.targets).toEqualTypeOf<readonly string[]>()
        expectTypeOf(config.route).toEqualTypeOf<{ processor: 'forward' | 'process' }>()
        expectTypeOf(config.ttl).toEqualTypeOf<number>()
        expectTypeOf(config.name).toEqualTypeOf<string>()
        expectTypeOf(clients.named.is).toEqualTypeOf<string>()
        expectTypeOf(clients.sqs.send(event.body)).toEqualTypeOf<number>()
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
        // @ts-expect-error: not in the configuration
        config.concurency
        // @ts-expect-error: the configuration does not change
        config.concurrency = 2
        // @ts-expect-error: no such client
        clients.sns
        return { length: event.body.length }
      },
    )
    expectTypeOf(handler({ body: '' }, lambdaContext())).toEqualTypeOf<Promise<{ length: number }>>()
    // @ts-expect-error: not the event that the process takes
    void (() => handler({ Body: '' }, lambdaContext()))
  })

  it('refuse what cannot be', () => {
    // @ts-expect-error: an entry reads text, and no text is a number
    void (() => createHandler({ name: 'test', configuration: { retries: v.number() } }, () => {}))
    // @ts-expect-error: no such option
    void (() => createHandler({ name: 'test', drainMargn: 1_000 }, () => {}))
    // @ts-expect-error: a handler has a name
    void (() => createHandler({}, () => {}))
    // @ts-expect-error: a client is made by a function
    void (() => createHandler({ name: 'test', clients: { sqs: {} } }, () => {}))
  })
})
