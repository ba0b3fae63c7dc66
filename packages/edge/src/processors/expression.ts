import { CausewayError } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type Message, MessageError } from '../wire/message.ts'
import { textOf } from './body.ts'

/** An expression of a route, and what bounds it. */
export interface ExpressionOptions {
  /**
   * JSONata, evaluated on the message's body, which is JSON. It is compiled with the first message, since jsonata is
   * only loaded then.
   *
   * @see https://docs.jsonata.org
   */
  readonly expression: string
  /** The longest that it may take for one message, in milliseconds. Default: 1,000. */
  readonly timeout?: number | undefined
}

/** An expression cannot be evaluated, not in time, or not to what its processor needs. Its message fails alone. */
export class ExpressionError extends CausewayError {
  constructor(processor: string, type: string, fault: string) {
    super(`The expression of "${processor}" for messages of type "${type}" ${fault}.`, { code: 'ExpressionError' })
  }
}

export const expressionSchema: v.GenericSchema<string> = v.pipe(
  v.string('must be a JSONata expression'),
  v.nonEmpty('must be a JSONata expression'),
)

export const timeoutSchema: v.GenericSchema<number | undefined, number> = v.optional(
  v.pipe(
    v.number('must be a number of milliseconds'),
    v.integer('must be whole milliseconds'),
    v.minValue(1, 'must be 1 to 60000 milliseconds'),
    v.maxValue(60_000, 'must be 1 to 60000 milliseconds'),
  ),
  1_000,
)

/**
 * Makes what evaluates an expression on a message's body and gives the result as JSON, or `undefined` where there is
 * none. Errors know it by its processor.
 */
export function expressionOf(
  processor: string,
  { expression, timeout }: { readonly expression: string; readonly timeout: number },
): (message: Message, signal: AbortSignal) => Promise<string | undefined> {
  return async (message, signal) => {
    const body = textOf(message)
    const { evaluateApart } = await import('./evaluator.ts')
    const outcome = await evaluateApart({ expression, body, timeout }, signal)
    if ('bodyFault' in outcome) throw new MessageError(outcome.bodyFault)
    if ('fault' in outcome) throw new ExpressionError(processor, message.type, outcome.fault)
    return outcome.json
  }
}
