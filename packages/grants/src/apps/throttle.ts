import { ConditionalCheckFailedException, type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { AppThrottled } from './app-error.ts'

/** Counts how often each app asks. */
export interface Throttle {
  /** Counts one more. Rejects with {@link AppThrottled} when that is more than the app may ask in this minute. */
  count(app: string, now: number, signal?: AbortSignal): Promise<void>
}

const minute = 60_000

/**
 * Counts in the table of grants, an item for each app, so that all containers count together. What is counted under another
 * name has a limit of its own.
 */
export function appThrottle(table: string, client: DynamoDBClient, limit: number, name = 'app-asked'): Throttle {
  return {
    async count(app, now, signal) {
      const window = Math.floor(now / minute)
      const update = (UpdateExpression: string, ConditionExpression: string, values: Record<string, { N: string }>) =>
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: { pk: { S: name }, sk: { S: app } },
            UpdateExpression,
            ConditionExpression,
            ExpressionAttributeNames: { '#window': 'window', '#count': 'count' },
            ExpressionAttributeValues: { ':window': { N: String(window) }, ':one': { N: '1' }, ...values },
          }),
          signal && { abortSignal: signal },
        )
      const oneMore = () =>
        update('SET #count = #count + :one', '#window = :window AND #count < :limit', {
          ':limit': { N: String(limit) },
        })
      const first = () =>
        update('SET #count = :one, #window = :window', 'attribute_not_exists(pk) OR #window < :window', {})
      const refused = (error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
        return false
      }
      // Who keeps what it has asks once in an hour, and so is nearly always the first of its minute.
      for (const attempt of [first, oneMore]) if (await attempt().then(() => true, refused)) return
      throw new AppThrottled(app, Math.ceil(((window + 1) * minute - now) / 1_000))
    },
  }
}
