import { performance } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ExpressionError, MessageError, project } from '../../src/index.ts'
import { contextOf, one, order } from './context.ts'

/** What an expression makes of a body, as JSON. */
async function evaluate(expression: string, body: unknown = {}, timeout?: number): Promise<string | undefined> {
  const message = order(body)
  const context = contextOf(message)
  await project([one], { expression, timeout })(message, context)
  return context.sent[0]?.message.body
}

const about = 'The expression of "project" for messages of type "order"'

const limit = 2_000
const noLimit = 60_000 // or a busy machine is the first to end it

describe('An expression', () => {
  it('is evaluated on the body', async () => {
    expect(await evaluate('{ "total": $sum(lines.price) }', { lines: [{ price: 3 }, { price: 4 }] })).toBe(
      '{"total":7}',
    )
  })

  it('gives back any JSON that it is given, in its form', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ noUnicodeString: false }), async (value) => {
        expect(await evaluate('value', { value: { inside: value } })).toBe(JSON.stringify({ inside: value }))
      }),
    )
  })

  it.each([
    ['is not JSONata', 'a + (', `${about} is not JSONata: near character 5, Expected ")" before end of expression.`],
    ['is no regular expression', '$match(a, /(/)', /^The expression .* is not JSONata: .*\.$/],
    ['calls what there is not', '$reed(a)', `${about} failed: near character 6, Attempted to invoke a non-function.`],
    ['throws', '$error("no " & secret)', `${about} failed: near character 7, it called $error or $assert.`],
    [
      'recurses without end',
      '($f := function($x){ 1 + $f($x) }; $f(1))',
      `${about} is more than 500 levels deep; see to its recursion.`,
    ],
    [
      'loops',
      '($f := function(){ $f() }; $f())',
      `${about} took more than 2,000 ms; simplify it or give the route a longer "timeout".`,
    ],
    [
      'backtracks',
      '$contains($pad("", 50, "a") & "b", /^(a+)+$/)',
      `${about} took more than 2,000 ms; simplify it or give the route a longer "timeout".`,
    ],
    ['makes a range that is too long', '[1..1000000000]', `${about} makes a list of more than 100,000 items.`],
    [
      'makes a list that is too long',
      '($f := function($s){ $f($append($s, $s)) }; $f([1,2,3]))',
      `${about} makes a list of more than 100,000 items.`,
    ],
    [
      'makes a text that is too long for memory',
      '$length($pad("a", 500000000))',
      `${about} ended the process that it runs in; it may have needed more than 128 MB of memory.`,
    ],
    ['makes a text that no text can be', '$pad("a", 1000000000)', `${about} cannot be worked out (RangeError).`],
    [
      'nests too deep',
      '($f := function($s, $n){ $n = 0 ? $s : $f([[$s]], $n - 1) }; $f(1, 20000))',
      /^The expression .*\.$/,
    ],
    [
      'gives more than a queue takes',
      '$pad("a", 1048577)',
      `${about} gives more than 1,048,576 bytes, the most that a queue takes.`,
    ],
    ['gives nothing', 'nothing', `${about} gives nothing to send.`],
  ])('that %s fails its message alone', async (_, expression, sentence) => {
    const isEndedInTime = String(sentence).includes('took more than')
    const failing = evaluate(expression, { secret: 'crown jewels' }, isEndedInTime ? limit : noLimit)
    const good = evaluate('a', { a: 1 })
    const error = await failing.then(undefined, (error) => error)
    expect(error).toBeInstanceOf(ExpressionError)
    expect(error.message).toEqual(typeof sentence === 'string' ? sentence : expect.stringMatching(sentence))
    expect(await good).toBe('1')
  })

  it('is ended in time, and does not hold up what else the process does', async () => {
    const start = performance.now()
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 10)
    await expect(evaluate('/^(a+)+$/($pad("", 50, "a") & "b")', {}, 500)).rejects.toThrow('took more than 500 ms')
    clearInterval(timer)
    expect(performance.now() - start).toBeLessThan(5_000)
    expect(turns).toBeGreaterThan(10)
  })

  it.each([
    '$number(secret)',
    '{ $string(secret): 1, secret: 2, secret & "": 3 }',
    '$error(secret)',
    '$assert(false, secret)',
    'secret < 1',
    '-secret',
    '$toMillis(secret)',
    '$eval(secret)',
    '$decodeUrl("%" & secret)',
    '$formatInteger(1, secret)',
    '$power(10, $length(secret) * 10000)',
    '$x(secret)',
  ])('that fails on a value does not quote it: %s', async (expression) => {
    const error = await evaluate(expression, { secret: 'crown jewels' }).then(undefined, (error) => error)
    expect(error).toBeInstanceOf(ExpressionError)
    expect(error.message).not.toContain('crown')
  })

  it('of whatever text gives a result or fails in one sentence', async () => {
    const token = fc.constantFrom(
      'a',
      '$',
      '$$',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '.',
      '*',
      '%',
      '/',
      '"',
      "'",
      '`',
      ':=',
      '~>',
      '1',
      '-',
      ' ',
    )
    const text = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.array(token, { minLength: 1 }).map((tokens) => tokens.join('')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (expression) => {
        const error = await evaluate(expression, { a: 1 }).then(
          () => undefined,
          (error) => error,
        )
        if (error !== undefined) expect(error).toBeInstanceOf(ExpressionError)
      }),
      { numRuns: 1_000 },
    )
  })

  it('does not reach anything outside', async () => {
    for (const expression of [
      'process',
      '$process',
      'constructor',
      '__proto__',
      '$string.constructor',
      '$$.constructor',
    ]) {
      await expect(evaluate(expression)).rejects.toThrow('gives nothing to send')
    }
  })

  it('fails a body that is not JSON without quoting it', async () => {
    const error = await evaluate('a', 'crown jewels').then(undefined, (error) => error)
    expect(error).toBeInstanceOf(MessageError)
    expect(error.message).toBe('The message cannot be sent or read: its body is not JSON.')
  })

  it('is ended once the signal fires, and is not begun if it has', async () => {
    const message = order({})
    const stop = new AbortController()
    const slow = project([one], { expression: '($f := function(){ $f() }; $f())', timeout: 60_000 })
    const running = slow(message, contextOf(message, stop.signal))
    await setTimeout(100)
    stop.abort(new Error('the invocation ends'))
    await expect(running).rejects.toThrow('the invocation ends')
    await expect(slow(message, contextOf(message, stop.signal))).rejects.toThrow('the invocation ends')
    expect(await evaluate('a', { a: 1 })).toBe('1')
  })
})
