import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CausewayError, type Clock, type OnWarning } from '@causeway-aws/auth'
import type { Caller } from '../context.ts'

/** Lets one of ours at a time change the policy of a resource, for a grant. Given back by `await using`. */
export type PolicyLock = (arn: string, grantId: string) => Promise<AsyncDisposable>

/** For how long, in milliseconds, it is held at most: who was killed with it holds up the others no longer. */
const lease = 30_000
/** For how long it is waited for. */
const patience = 40_000

/**
 * Policies are read and then written, and AWS takes a write whatever was written meanwhile: of two administrators who accept
 * two grants on one queue, the later would undo the earlier. So each takes an item of the table first.
 */
export function policyLock(
  table: string,
  open: () => Promise<DynamoDBClient>,
  { clock, onWarning, caller }: { clock: Clock; onWarning: OnWarning; caller: () => Promise<Caller> },
): PolicyLock {
  return async (arn, grantId) => {
    const { ConditionalCheckFailedException, DeleteItemCommand, PutItemCommand } = await import(
      '@aws-sdk/client-dynamodb'
    )
    const client = await open()
    const key = { pk: { S: 'policy' }, sk: { S: arn } }
    const holder = randomUUID()
    // Who does the same again, since it was killed, is not held up by it.
    const by = `${(await caller()).arn} ${grantId}`
    const begun = clock.monotonic()
    let isSaid = false
    for (;;) {
      const now = clock.now()
      try {
        await client.send(
          new PutItemCommand({
            TableName: table,
            Item: { ...key, holder: { S: holder }, by: { S: by }, until: { N: String(now + lease) } },
            ConditionExpression: 'attribute_not_exists(pk) OR #until < :now OR #by = :by',
            ExpressionAttributeNames: { '#until': 'until', '#by': 'by' },
            ExpressionAttributeValues: { ':now': { N: String(now) }, ':by': { S: by } },
          }),
        )
        break
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error
        const waited = clock.monotonic() - begun
        if (waited > patience) {
          throw new CausewayError(
            `Others are changing the policy of ${arn} all the time (the item ${arn} of the table ${table} says so). Try again later.`,
            { code: 'PolicyBusy', retryable: true, cause: error },
          )
        }
        if (waited > patience / 20 && !isSaid) {
          isSaid = true
          const message = `Another is changing the policy of ${arn}, or was killed while it did: that is waited for, ${lease / 1_000} s at most.`
          onWarning({ code: 'PolicyBusy', message })
        }
        await sleep(50 + Math.random() * 150)
      }
    }
    return {
      async [Symbol.asyncDispose]() {
        const mine = {
          ConditionExpression: 'holder = :holder',
          ExpressionAttributeValues: { ':holder': { S: holder } },
        }
        await client.send(new DeleteItemCommand({ TableName: table, Key: key, ...mine })).catch((error: unknown) => {
          if (!(error instanceof ConditionalCheckFailedException)) throw error // it was over, and another has it
        })
      },
    }
  }
}
