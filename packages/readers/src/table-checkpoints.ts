import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import {
  type AttributeValue,
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { parseOptions } from '@causeway-aws/auth'
import DataLoader from 'dataloader'
import * as v from 'valibot'
import { type Checkpoint, type Checkpoints, type Claim, ClaimLostError } from './checkpoints.ts'
import { backoff } from './persistently.ts'

/** Where checkpoints are kept. */
export interface TableCheckpointsOptions {
  /** A table with the partition key `id` (a string). */
  readonly tableName: string
  readonly client: DynamoDBClient
  /** The source whose checkpoints these are: `name` of the {@link Source}. */
  readonly source: string
}

const optionsSchema = v.strictObject({
  tableName: v.pipe(v.string('must be a string'), v.nonEmpty('must be the name of a table')),
  client: v.custom<DynamoDBClient>(
    (client) => typeof (client as DynamoDBClient)?.send === 'function',
    'must be a DynamoDB client',
  ),
  source: v.pipe(v.string('must be a string'), v.nonEmpty('must be the name of a source')),
})

/**
 * Keeps checkpoints in a DynamoDB table, a row for each partition. Every write is for one epoch, so that what a reader
 * commits that was thought dead changes nothing. Those that are asked for at once are read at once, up to a hundred. The
 * role needs `dynamodb:BatchGetItem` and `dynamodb:UpdateItem`.
 *
 * A lease is kept by the clocks of the readers: give it longer than they are apart.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
 * import { type Checkpoints, tableCheckpoints } from '@causeway-aws/readers'
 *
 * export const checkpoints: Checkpoints = tableCheckpoints({
 *   tableName: 'causeway-checkpoints',
 *   client: new DynamoDBClient(),
 *   source: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders',
 * })
 * ```
 */
export function tableCheckpoints(options: TableCheckpointsOptions): Checkpoints {
  const { tableName: TableName, client, source } = parseOptions('tableCheckpoints', optionsSchema, options)

  const idOf = (partition: string): string => `${source} ${partition}`
  const row = (partition: string) => ({ TableName, Key: { id: { S: idOf(partition) } } })

  /** What a bucket of 100,000 objects is asked before it is read on: a request for each of them would take a minute. */
  const rows = new DataLoader<string, Values | undefined>(rowsOf, { cache: false, maxBatchSize: 100 })

  /** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
  async function rowsOf(partitions: readonly string[]): Promise<(Values | undefined)[]> {
    const found = new Map<string | undefined, Values>()
    let Keys: Values[] | undefined = [...new Set(partitions)].map((partition) => row(partition).Key)
    for (let failed = 1; Keys; failed += 1) {
      const { Responses, UnprocessedKeys }: BatchGetItemCommandOutput = await client.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }),
      )
      for (const item of Responses?.[TableName] ?? []) found.set(item.id?.S, item)
      Keys = UnprocessedKeys?.[TableName]?.Keys
      if (Keys) await setTimeout(backoff(failed))
    }
    return partitions.map((partition) => found.get(idOf(partition)))
  }

  /** Changes the row of a claim, as long as it is the last one. May be repeated. */
  async function change({ partition, epoch }: Claim, update: string, values: Values): Promise<void> {
    try {
      await client.send(
        new UpdateItemCommand({
          ...row(partition),
          UpdateExpression: update,
          ConditionExpression: 'epoch = :epoch',
          ExpressionAttributeValues: { ...values, ':epoch': { N: `${epoch}` } },
        }),
      )
    } catch (error) {
      throw error instanceof ConditionalCheckFailedException ? new ClaimLostError(partition) : error
    }
  }

  return {
    async begun(now) {
      const { Attributes = {} } = await client.send(
        new UpdateItemCommand({
          TableName,
          Key: { id: { S: source } },
          UpdateExpression: 'SET begun = if_not_exists(begun, :now)',
          ExpressionAttributeValues: { ':now': { S: now.toISOString() } },
          ReturnValues: 'ALL_NEW',
        }),
      )
      return new Date(Attributes.begun?.S ?? now)
    },
    async get(partition) {
      const found = await rows.load(partition)
      return found && checkpointOf(found)
    },
    async claim(partition, lease) {
      const now = Date.now()
      try {
        const { Attributes = {} } = await client.send(
          new UpdateItemCommand({
            ...row(partition),
            UpdateExpression: 'SET claimedUntil = :until, claimant = :claimant ADD epoch :one',
            // The last is this very claim, made when the client never got the answer.
            ConditionExpression: 'attribute_not_exists(id) OR claimedUntil <= :now OR claimant = :claimant',
            ExpressionAttributeValues: {
              ':until': { N: `${now + lease}` },
              ':now': { N: `${now}` },
              ':claimant': { S: randomUUID() },
              ':one': { N: '1' },
            },
            ReturnValues: 'ALL_NEW',
          }),
        )
        const { claimed, ...checkpoint } = checkpointOf(Attributes)
        return { partition, ...checkpoint }
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined
        throw error
      }
    },
    commit: (claim, lease, position) =>
      change(claim, `SET claimedUntil = :until${position === undefined ? '' : ', lastPosition = :position'}`, {
        ':until': { N: `${Date.now() + lease}` },
        ...(position !== undefined && { ':position': { S: position } }),
      }),
    finish: (claim) =>
      change(claim, 'SET claimedUntil = :none, finished = :finished', {
        ':none': { N: '0' },
        ':finished': { BOOL: true },
      }),
    async release(claim) {
      await change(claim, 'SET claimedUntil = :none', { ':none': { N: '0' } }).catch((error) => {
        if (!(error instanceof ClaimLostError)) throw error
      })
    },
  }
}

type Values = Record<string, AttributeValue>

const checkpointOf = (row: Values): Checkpoint => ({
  position: row.lastPosition?.S,
  finished: row.finished?.BOOL ?? false,
  epoch: Number(row.epoch?.N),
  claimed: Number(row.claimedUntil?.N) > Date.now(),
})
