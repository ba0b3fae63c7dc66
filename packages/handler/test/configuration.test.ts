import { CausewayError } from '@causeway-aws/auth'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { ConfigurationError, integer, json, list, readConfiguration, text } from '../src/index.ts'

const url = v.pipe(v.string(), v.url(), v.description('a URL'), v.examples(['https://example.com/orders']))
const targets = { targets: list(url) }
const routes = {
  routes: json(
    v.pipe(
      v.record(v.string(), v.strictObject({ processor: v.picklist(['forward', 'process']), retries: v.number() })),
      v.check((table) => Object.keys(table).length > 0, 'at least one route'),
      v.description('a route table'),
      v.examples([{ order: { processor: 'forward', retries: 1 } }]),
    ),
  ),
}

describe('A configuration', () => {
  it('is read from the variable in capitals and underscores', () => {
    const entries = { queueUrl: url, concurrency: integer(), messageType: text() }
    const QUEUE_URL = 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo'
    expect(readConfiguration(entries, { QUEUE_URL, CONCURRENCY: '4', MESSAGE_TYPE: 'order' })).toEqual({
      queueUrl: QUEUE_URL,
      concurrency: 4,
      messageType: 'order',
    })
  })

  it('takes a variable that is set to nothing for one that is not set', () => {
    expect(readConfiguration({ concurrency: integer({ default: 10 }) }, { CONCURRENCY: '' })).toEqual({
      concurrency: 10,
    })
  })

  it('reads nothing but its own variables', () => {
    expect(readConfiguration({}, { PATH: '/bin' })).toEqual({})
  })
})

describe('A faulty variable', () => {
  it('is named with what was expected, what was got, and an example', () => {
    expect(problem(targets, { TARGETS: 'orders.fifo' })).toBe(
      'TARGETS: expected a JSON list, each item a URL, got "orders.fifo". ' +
        'Example: TARGETS=["https://example.com/orders"]',
    )
  })

  it('is named when it is not set', () => {
    expect(problem({ messageType: text() }, {})).toBe('MESSAGE_TYPE: expected text, got nothing.')
  })

  it.each([
    ['{', 'expected a route table, got "{".'],
    ['[1]', 'expected an object at 0, got 1.'],
    ['{}', 'expected at least one route, got "{}".'],
    [
      '{"order":{"processor":"forwrd","retries":1}}',
      'expected "forward" or "process" at order.processor, got "forwrd".',
    ],
    ['{"order":{"processor":"forward"}}', 'expected a value at order.retries, got nothing.'],
    ['{"order":{"processor":"forward","retries":"1"}}', 'expected a number at order.retries, got "1".'],
    ['{"order":{"processor":"forward","retries":1,"target":1}}', 'expected no other key at order, got "target".'],
  ])('%s is told by the place in it', (value, expected) => {
    expect(problem(routes, { ROUTES: value })).toBe(
      `ROUTES: ${expected} Example: ROUTES={"order":{"processor":"forward","retries":1}}`,
    )
  })

  it('is reported together with all the others, a line each', () => {
    const entries = { ...targets, concurrency: integer({ min: 1, max: 100 }), messageType: text() }
    expect(problem(entries, { CONCURRENCY: '0', MESSAGE_TYPE: 'order' }).split('\n')).toEqual([
      expect.stringMatching(/^TARGETS: .* got nothing\./),
      'CONCURRENCY: expected a whole number from 1 to 100, got "0". Example: CONCURRENCY=1',
    ])
  })

  it('is a ConfigurationError that no retry mends', () => {
    expect(() => readConfiguration(targets, {})).toThrow(
      expect.objectContaining({ name: 'ConfigurationError', code: 'ConfigurationError', retryable: false }),
    )
  })

  it('is one line of bounded length, whatever was in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 5_000 }), (value) => {
        const message = problem({ concurrency: integer({ max: 1 }) }, { CONCURRENCY: `x${value}` })
        expect(message.length).toBeLessThan(200)
        expect(message).not.toContain('\n')
      }),
    )
  })

  it('of an entry of your own is told by its description and its message', () => {
    const stage = v.pipe(v.string(), v.description('a stage'), v.startsWith('s', 'a name that begins with s'))
    expect(problem({ stage }, {})).toBe('STAGE: expected a stage, got nothing.')
    expect(problem({ stage }, { STAGE: 'test' })).toBe('STAGE: expected a name that begins with s, got "test".')
  })

  it('is told in the words of the error that an entry threw', () => {
    const refuse = (name: string) => {
      throw new CausewayError(`There is no processor "${name}".`, { code: 'NoProcessor' })
    }
    const entries = { processor: v.pipe(v.string(), v.transform(refuse)), concurrency: integer() }
    expect(problem(entries, { PROCESSOR: 'forwrd' }).split('\n')).toEqual([
      'PROCESSOR: There is no processor "forwrd".',
      'CONCURRENCY: expected a whole number, got nothing. Example: CONCURRENCY=1',
    ])
  })

  it('does not hide a mistake in an entry', () => {
    const mistake = () => {
      throw new TypeError('x is not a function')
    }
    expect(() => readConfiguration({ a: v.pipe(v.string(), v.transform(mistake)) }, { A: '1' })).toThrow(TypeError)
  })

  it('of an entry of your own without a description is told in the words of its schema', () => {
    expect(problem({ mail: v.pipe(v.string(), v.email()) }, { MAIL: 'x' })).toBe(
      'MAIL: expected a valid email, got "x".',
    )
  })
})

function problem(entries: Parameters<typeof readConfiguration>[0], environment: Record<string, string>): string {
  try {
    readConfiguration(entries, environment)
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message
    throw error
  }
  throw new Error('the configuration was read')
}
