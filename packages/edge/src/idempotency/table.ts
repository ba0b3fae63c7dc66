import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import type {
  AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  UpdateItemCommandInput,
  UpdateItemCommandOutput,
} from '@aws-sdk/client-dynamodb'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { auditOutcomeSchema } from '../audit/record.ts'
import { fullJitter } from '../backoff.ts'
import { countSchema } from '../count.ts'
import { requestFailure } from '../failure.ts'
import { type Claim, type Claiming, ClaimLostError, type Idempotency } from './idempotency.ts'
import { TableError } from './table-error.ts'

/** Where a node remembers its messages. */
export interface IdempotencyTableOptions {
  /** A table with the partition key `id` (a string) and time to live by `expiration`. */
  readonly tableName: string
  readonly client: DynamoDBClient
  /**
   * How long a message is remembered, in seconds: no shorter than the retention of its edge and of the edge that its
   * sender receives from together, since either may deliver it again. Default: 28 days, twice SQS's longest.
   */
  readonly retention?: number
}

const optionsSchema = v.strictObject({
  tableName: v.pipe(v.string('must be a string'), v.nonEmpty('must be the name of a table')),
  client: v.custom<DynamoDBClient>(
    (client) => typeof (client as DynamoDBClient)?.send === 'function',
    'must be a DynamoDB client',
  ),
  retention: v.optional(countSchema, 28 * 86_400),
})

/**
 * Keeps in a DynamoDB table which messages were run. A record has the attributes of Powertools' idempotency (`id`,
 * `status`, `expiration`, `in_progress_expiration`) and beside them how often the message was run, why it failed and who
 * runs it. Powertools' own store is not used because it deletes the record of a run that failed, and with it the count.
 *
 * The role needs `dynamodb:UpdateItem` on the table; a message costs two writes.
 *
 * @see https://docs.aws.amazon.com/powertools/typescript/latest/features/idempotency/
 *
 * @throws {InvalidOptions} naming the option. A run whose record cannot be written fails with a {@link TableError}.
 *
 * @example
 * ```ts
 * import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
 * import { type Idempotency, idempotencyTable } from '@causeway-aws/edge'
 *
 * export const idempotency: Idempotency = idempotencyTable({ tableName: 'orders-messages', client: new DynamoDBClient() })
 * ```
 */
export function idempotencyTable(options: IdempotencyTableOptions): Idempotency {
  const { tableName, client, retention } = parseOptions('idempotencyTable', optionsSchema, options)

  const update = (id: string, input: Update): UpdateItemCommandInput => ({
    TableName: tableName,
    Key: { id: { S: id } },
    ExpressionAttributeNames: { '#status': 'status' },
    ...input,
  })

  /**
   * Writes until the table takes it or says why it never will. The client's own attempts are too few: they end at once
   * when its retry quota is used up, and what was run and not noted waits, with its group, until its run had to end.
   */
  async function write(
    input: UpdateItemCommandInput,
    abortSignal: AbortSignal | undefined,
  ): Promise<UpdateItemCommandOutput> {
    const { UpdateItemCommand } = await import('./dynamodb.ts')
    const command = new UpdateItemCommand(input)
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await client.send(command, abortSignal && { abortSignal })
      } catch (error) {
        if (isRefusal(error) || abortSignal?.aborted) throw error
        if (attempt === maxAttempts || !requestFailure(error).retryable) throw new TableError(tableName, error)
        await setTimeout(backoff(attempt), undefined, abortSignal && { signal: abortSignal })
      }
    }
  }

  /** Notes something of a run, as long as nobody else has claimed the message since. May be repeated. */
  async function end({ key, token }: Claim, abortSignal: AbortSignal | undefined, ending: Ending): Promise<void> {
    const { status, set = '', values = {} } = ending
    const ended = update(key, {
      UpdateExpression: `SET #status = :status${set}`,
      ConditionExpression: 'claim = :claim',
      ExpressionAttributeValues: { ':status': { S: status }, ':claim': { S: token }, ...values },
    })
    try {
      await write(ended, abortSignal)
    } catch (error) {
      throw isRefusal(error) ? new ClaimLostError() : error
    }
  }

  return {
    async claim(key, until, abortSignal) {
      const token = randomUUID()
      const claimed = update(key, {
        UpdateExpression:
          'SET #status = :running, claim = :claim, in_progress_expiration = :until, expiration = :expiration',
        ConditionExpression:
          'attribute_not_exists(id) OR #status = :failed OR (#status = :running AND in_progress_expiration < :now)',
        ExpressionAttributeValues: {
          ':running': { S: 'INPROGRESS' },
          ':failed': { S: 'FAILED' },
          ':claim': { S: token },
          ':until': { N: `${until}` },
          ':expiration': { N: `${Math.ceil(Date.now() / 1000) + retention}` },
          ':now': { N: `${Date.now()}` },
        },
        ReturnValues: 'ALL_OLD',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      })
      try {
        const { Attributes = {} } = await write(claimed, abortSignal)
        return claimedAfter(Attributes, key, token)
      } catch (error) {
        if (isRefusal(error)) return refused(key, token, error.Item ?? {})
        throw error
      }
    },
    complete: (claim, as, abortSignal) =>
      end(claim, abortSignal, { status: 'COMPLETED', set: ', outcome = :outcome', values: { ':outcome': { S: as } } }),
    count: (claim, abortSignal) => end(claim, abortSignal, { status: 'INPROGRESS', ...attempts(claim.attempts) }),
    fail: (claim, reason, abortSignal) => {
      const { set, values } = attempts(claim.attempts)
      const why = { set: `${set}, reason = :reason`, values: { ...values, ':reason': { S: reason } } }
      return end(claim, abortSignal, { status: 'FAILED', ...why })
    },
    release: (claim, abortSignal) => end(claim, abortSignal, { status: 'FAILED', ...attempts(claim.attempts - 1) }),
  }
}

const isRefusal = (error: unknown): error is ConditionalCheckFailedException =>
  (error as Error).name === 'ConditionalCheckFailedException'

const maxAttempts = 5
const backoff = fullJitter()

/** What is noted of a run. */
interface Ending {
  readonly status: 'COMPLETED' | 'FAILED' | 'INPROGRESS'
  readonly set?: string
  readonly values?: Values
}

type Values = Record<string, AttributeValue>
type Update = Partial<UpdateItemCommandInput> & { readonly ExpressionAttributeValues: Values }

const attempts = (count: number) => ({ set: ', attempts = :attempts', values: { ':attempts': { N: `${count}` } } })

/** The claim of a message whose record was this before. */
function claimedAfter(record: Values, key: string, token: string): Claiming {
  const claim = {
    key,
    token,
    attempts: Number(record.attempts?.N ?? 0) + 1,
    cutOff: record.status?.S === 'INPROGRESS',
    lastReason: record.reason?.S,
  }
  return { state: 'claimed', claim }
}

function refused(key: string, token: string, record: Values): Claiming {
  if (record.status?.S === 'COMPLETED') {
    // Powertools' own store notes that a message was completed, and not as what.
    return { state: 'done', as: v.parse(auditOutcomeSchema, record.outcome?.S ?? 'processed') }
  }
  // It was tried again after an answer that was never got. What was before is not known any more: it may have been cut off.
  if (record.claim?.S === token) return claimedAfter(record, key, token)
  return { state: 'running', until: Number(record.in_progress_expiration?.N ?? 0) }
}
