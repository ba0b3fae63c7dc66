import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { TableError } from '../idempotency/table-error.ts'
import { queueUrlSchema } from '../queue.ts'
import type { Processor } from '../receiving/processor.ts'
import { type Message, MessageError } from '../wire/message.ts'
import { parseBody } from './body.ts'
import { ExpressionError, type ExpressionOptions, expressionOf, expressionSchema, timeoutSchema } from './expression.ts'
import type { ProcessorClients } from './factory.ts'
import { sendToAll } from './forward.ts'

/** Where a message is written to, and as what. */
export interface TableOptions extends Pick<ExpressionOptions, 'timeout'> {
  /** Name or ARN of the table. */
  readonly table: string
  /** JSONata that makes the item, an object, of the message's body. Default: the body. */
  readonly item?: string | undefined
}

const optionsSchema = v.strictObject({
  targets: v.array(queueUrlSchema, 'must be a list of queue URLs'),
  // https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_PutItem.html ("TableName")
  table: v.pipe(
    v.string('must be the name or ARN of a table'),
    v.regex(/^(arn:[\w-]+:dynamodb:[\w-]+:\d{12}:table\/)?[\w.-]{1,255}$/, 'must be the name or ARN of a table'),
  ),
  item: v.optional(expressionSchema),
  timeout: timeoutSchema,
  dynamodb: v.custom<() => DynamoDBClient>(
    (dynamodb) => typeof dynamodb === 'function',
    'must be among the clients that processors are given',
  ),
})

/**
 * Makes a processor that puts an item into a DynamoDB table for each message, in place of one with the same key, and then
 * sends the message on to the targets, if there are any. The role needs `dynamodb:PutItem` on the table.
 *
 * Numbers that JSON.parse reads only roughly, those over 9,007,199,254,740,991, are refused: write them as text.
 *
 * @throws {InvalidOptions} naming the option. The processor throws {@link TableError}, {@link ExpressionError}, and
 * `MessageError` for a body that is not JSON or, where there is no expression, no object.
 *
 * @example
 * ```ts
 * import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
 * import { type Processor, table } from '@causeway-aws/edge'
 *
 * const client = new DynamoDBClient()
 *
 * export const orders: Processor = table(
 *   [],
 *   { table: 'orders', item: '{ "id": id, "total": total }' },
 *   { dynamodb: () => client },
 * )
 * ```
 */
export function table(targets: readonly string[], options: TableOptions, { dynamodb }: ProcessorClients): Processor {
  const parsed = parseOptions('table', optionsSchema, { ...options, targets, dynamodb })
  const itemOf = parsed.item === undefined ? itemOfBody : itemOfExpression(parsed.item, parsed.timeout)
  return async (message, context) => {
    const { signal, logger } = context
    const { marshall, PutItemCommand } = await import('./dynamodb.ts')
    const Item = marshalled(marshall, await itemOf(message, signal))
    const command = new PutItemCommand({ TableName: parsed.table, Item })
    await parsed
      .dynamodb()
      .send(command, { abortSignal: signal })
      .catch((error) => {
        throw new TableError(parsed.table, error)
      })
    logger.info('item written', { table: parsed.table })
    await sendToAll(targets, {}, context)
  }
}

type Item = Readonly<Record<string, unknown>>

async function itemOfBody(message: Message): Promise<Item> {
  const body = parseBody(message)
  if (!isObject(body)) throw new MessageError('its body is not a JSON object, as an item of a table is')
  return body
}

function itemOfExpression(
  expression: string,
  timeout: number,
): (message: Message, signal: AbortSignal) => Promise<Item> {
  const evaluate = expressionOf('table', { expression, timeout })
  return async (message, signal) => {
    const item = JSON.parse((await evaluate(message, signal)) ?? 'null')
    if (!isObject(item)) throw new ExpressionError('table', message.type, 'gives no object, as an item of a table is')
    return item
  }
}

function isObject(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function marshalled(
  marshall: (item: Item) => Record<string, AttributeValue>,
  item: Item,
): Record<string, AttributeValue> {
  try {
    return marshall(item)
  } catch {
    // Its own sentence quotes the number.
    throw new MessageError('it makes an item with a number that is too large to be exact; write that as text')
  }
}
