import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { Discard } from '../receiving/outcome.ts'
import type { Processor } from '../receiving/processor.ts'
import { ExpressionError, type ExpressionOptions, expressionOf, expressionSchema, timeoutSchema } from './expression.ts'
import { sendToAll } from './forward.ts'
import { targetList } from './target-list.ts'

const optionsSchema = v.strictObject({ targets: targetList, expression: expressionSchema, timeout: timeoutSchema })

/**
 * Makes a processor that forwards a message, as it is, when an expression is `true` of its body, and discards it when
 * it is `false`. Any other result fails the message, a missing field among them: `$exists(total) and total > 100`.
 *
 * @throws {InvalidOptions} naming the option. The processor throws {@link ExpressionError}, and `MessageError` for a body
 * that is not JSON.
 *
 * @example
 * ```ts
 * import { filter, type Processor } from '@causeway-aws/edge'
 *
 * export const largeOrders: Processor = filter(
 *   ['https://sqs.eu-west-1.amazonaws.com/111111111111/large-orders.fifo'],
 *   { expression: 'total >= 1000' },
 * )
 * ```
 */
export function filter(targets: readonly string[], options: ExpressionOptions): Processor {
  const evaluate = expressionOf('filter', parseOptions('filter', optionsSchema, { ...options, targets }))
  return async (message, context) => {
    const result = await evaluate(message, context.signal)
    if (result === 'false') throw new Discard('the filter of its route does not let it pass')
    if (result !== 'true') throw new ExpressionError('filter', message.type, 'gives neither true nor false')
    await sendToAll(targets, {}, context)
  }
}
