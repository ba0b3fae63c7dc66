import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { isFifo } from '../queue.ts'
import type { Processor } from '../receiving/processor.ts'
import { type Message, MessageError } from '../wire/message.ts'
import { parseBody } from './body.ts'
import { ExpressionError, type ExpressionOptions, expressionOf, expressionSchema, timeoutSchema } from './expression.ts'
import { targetList } from './target-list.ts'
import { typeSchema, withType } from './type.ts'

/** Into what a message is split. */
export interface FanOutOptions extends Partial<ExpressionOptions> {
  /** The type of what is sent. Default: that of the message. */
  readonly type?: string | undefined
}

const optionsSchema = v.strictObject({
  targets: targetList,
  expression: v.optional(expressionSchema),
  timeout: timeoutSchema,
  type: v.optional(typeSchema),
})

const maxItems = 10_000
/** Those of one group are sent one after the other, and a function of infra/edge.yaml has 40 seconds. */
const maxFifoItems = 1_000

/**
 * Makes a processor that splits a message: each item of the list that is its body, or that an expression makes of it, is
 * sent to every target as a message of its own, a text as it is and anything else as JSON. The items go in the order of
 * the list and in the message's group. There may be none, and at most 10,000, or 1,000 where a target is FIFO. Where one
 * cannot be a message, as an empty text cannot, none is sent. To JSONata one item and a list of it are the same, and no
 * item is nothing, so put an expression into `[ ]`.
 *
 * @throws {InvalidOptions} naming the option. The processor throws {@link ExpressionError}, and `MessageError` for a body
 * that is not JSON, or no list where there is no expression, and for what cannot be sent of a list.
 *
 * @example
 * ```ts
 * import { fanOut, type Processor } from '@causeway-aws/edge'
 *
 * export const lines: Processor = fanOut(
 *   ['https://sqs.eu-west-1.amazonaws.com/111111111111/order-lines.fifo'],
 *   { expression: '[lines.{ "order": $$.id, "article": article }]', type: 'order-line' },
 * )
 * ```
 */
export function fanOut(targets: readonly string[], options: FanOutOptions = {}): Processor {
  const { type, expression, timeout } = parseOptions('fanOut', optionsSchema, { ...options, targets })
  const most = targets.some(isFifo) ? maxFifoItems : maxItems
  const itemsOf = expression === undefined ? itemsOfBody : itemsOfExpression(expression, timeout)
  return async (message, { signal, send, logger }) => {
    const items = await itemsOf(message, signal)
    if (items.length > most) throw new MessageError(`its list has more than ${most} items`)
    logger.debug('message split', { items: items.length })
    const bodies = items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
    // The items before it would else be sent, and those after it never.
    const wrong = bodies.findIndex((body) => body === '' || !body.isWellFormed())
    if (wrong !== -1) throw new MessageError(`item ${wrong + 1} is ${bodies[wrong] ? 'no Unicode' : 'empty'}`)
    await Promise.all(bodies.flatMap((body) => targets.map((target) => send(target, { body, ...withType(type) }))))
  }
}

type Items = (message: Message, signal: AbortSignal) => Promise<readonly unknown[]>

const itemsOfBody: Items = async (message) => {
  const body = parseBody(message)
  if (Array.isArray(body)) return body
  throw new MessageError('its body is not a list, and its route has no expression of one')
}

function itemsOfExpression(expression: string, timeout: number): Items {
  const evaluate = expressionOf('fanOut', { expression, timeout })
  return async (message, signal) => {
    const result = JSON.parse((await evaluate(message, signal)) ?? 'null')
    if (Array.isArray(result)) return result
    const fault = 'gives no list; put it into [ ], in which one item is a list too'
    throw new ExpressionError('fanOut', message.type, fault)
  }
}
