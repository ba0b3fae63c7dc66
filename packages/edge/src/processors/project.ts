import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { Processor } from '../receiving/processor.ts'
import { ExpressionError, type ExpressionOptions, expressionOf, expressionSchema, timeoutSchema } from './expression.ts'
import { sendToAll } from './forward.ts'
import { targetList } from './target-list.ts'
import { typeSchema, withType } from './type.ts'

/** What is sent in place of a message. */
export interface ProjectOptions extends ExpressionOptions {
  /** The type of what is sent. Default: that of the message. */
  readonly type?: string | undefined
}

const optionsSchema = v.strictObject({
  targets: targetList,
  expression: expressionSchema,
  timeout: timeoutSchema,
  type: v.optional(typeSchema),
})

/**
 * Makes a processor that sends to every target what an expression makes of a message's body, as JSON: a text too, which
 * goes in quotes. As it is, it is sent by {@link fanOut} with the expression in `[ ]`.
 *
 * @throws {InvalidOptions} naming the option. The processor throws {@link ExpressionError}, and `MessageError` for a body
 * that is not JSON.
 *
 * @example
 * ```ts
 * import { type Processor, project } from '@causeway-aws/edge'
 *
 * export const invoices: Processor = project(
 *   ['https://sqs.eu-west-1.amazonaws.com/111111111111/invoices.fifo'],
 *   { expression: '{ "order": id, "total": $sum(lines.(price * quantity)) }', type: 'invoice' },
 * )
 * ```
 */
export function project(targets: readonly string[], options: ProjectOptions): Processor {
  const { type, ...bounded } = parseOptions('project', optionsSchema, { ...options, targets })
  const evaluate = expressionOf('project', bounded)
  return async (message, context) => {
    const body = await evaluate(message, context.signal)
    if (body === undefined) throw new ExpressionError('project', message.type, 'gives nothing to send')
    await sendToAll(targets, { body, ...withType(type) }, context)
  }
}
