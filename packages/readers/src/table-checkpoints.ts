import { randomUUID } from 'node:crypto'
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type Checkpoint, type Checkpoints, type Claim, ClaimLostError } from './checkpoints.ts'

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
 * commits that was thought dead changes nothing. The role needs `dynamodb:GetItem` and `dynamodb:UpdateItem`.
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

  const row = (partition: string) => ({ TableName, Key: { id: { S: `${source} ${partition}` } } })

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
      const { Item } = await client.send(new GetItemCommand({ ...row(partition), ConsistentRead: true }))
      return Item && checkpointOf(Item)
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
