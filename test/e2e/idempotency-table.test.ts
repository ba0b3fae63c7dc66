import {
  type AttributeValue,
  DeleteTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb'
import { type Claim, ClaimLostError, type Idempotency, idempotencyTable } from '@causeway-aws/edge'
import { clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createTable, losingAnswers } from '../dynamodb.ts'
import { testSandbox } from '../sandbox.ts'

const TableName = `messages-${process.pid}`
let client: DynamoDBClient
let table: Idempotency
let key: string

beforeAll(async () => {
  client = new DynamoDBClient(clientOptions(await testSandbox().credentials('home')))
  await createTable(client, TableName)
  table = idempotencyTable({ tableName: TableName, client })
})
afterAll(() => client.send(new DeleteTableCommand({ TableName })))
beforeEach(() => {
  key = crypto.randomUUID()
})

const inAMinute = () => Date.now() + 60_000
const past = () => Date.now() - 1

async function claimed(until: number): Promise<Claim> {
  const claiming = await table.claim(key, until)
  if (claiming.state !== 'claimed') throw new Error(`The message is ${claiming.state}.`)
  return claiming.claim
}

async function record(): Promise<Record<string, AttributeValue>> {
  const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key: { id: { S: key } } }))
  return Item
}

describe('A message in the table', () => {
  it('is claimed by one of many who try at the same time, and the others learn until when', async () => {
    const until = inAMinute()
    const claims = await Promise.all(Array.from({ length: 20 }, () => table.claim(key, until)))
    expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1)
    expect(claims.filter(({ state }) => state === 'running')).toHaveLength(19)
    expect(claims).toContainEqual({ state: 'running', until })
  })

  it('is done when it was completed, and stays remembered for 28 days', async () => {
    await table.complete(await claimed(inAMinute()), 'dead')
    expect(await table.claim(key, inAMinute())).toEqual({ state: 'done', as: 'dead' })
    expect(await record()).toMatchObject({ status: { S: 'COMPLETED' } })
    expect(Number((await record()).expiration?.N)).toBeCloseTo(Date.now() / 1000 + 28 * 86_400, -2)
  })

  it("is done as processed when Powertools' own store has completed it, which notes no outcome", async () => {
    const Item = { id: { S: key }, status: { S: 'COMPLETED' }, expiration: { N: `${inAMinute()}` }, data: { M: {} } }
    await client.send(new PutItemCommand({ TableName, Item }))
    expect(await table.claim(key, inAMinute())).toEqual({ state: 'done', as: 'processed' })
  })

  it('is run again when it has failed, knows how often it was, and why it failed', async () => {
    await table.fail(await claimed(inAMinute()), 'no price')
    expect(await claimed(inAMinute())).toMatchObject({ attempts: 2, lastReason: 'no price' })
  })

  it('is run again when the run before was cut off, which it says', async () => {
    expect(await claimed(past())).toMatchObject({ attempts: 1, cutOff: false })
    expect(await claimed(inAMinute())).toMatchObject({ attempts: 1, cutOff: true, lastReason: undefined })
  })

  it('has one run more when it was counted, cut off or not, and no more when that fails', async () => {
    const counted = await claimed(past())
    await table.count(counted)
    const again = await claimed(inAMinute())
    expect(again).toMatchObject({ attempts: 2, cutOff: true })
    await table.count(again)
    await table.fail(again, 'no price')
    expect(await claimed(inAMinute())).toMatchObject({ attempts: 3, cutOff: false, lastReason: 'no price' })
  })

  it('has one run fewer when a run was released', async () => {
    await table.release(await claimed(inAMinute()))
    expect(await claimed(inAMinute())).toMatchObject({ attempts: 1 })
  })

  it.each(['complete', 'count', 'fail', 'release'] as const)(
    'is no longer for a run whose claim another has to %s',
    async (end) => {
      const late = await claimed(past())
      const current = await claimed(inAMinute())
      const endings = {
        complete: () => table.complete(late, 'processed'),
        count: () => table.count(late),
        fail: () => table.fail(late, 'late'),
        release: () => table.release(late),
      }
      const ended = endings[end]()
      await expect(ended).rejects.toThrow(ClaimLostError)
      await table.complete(current, 'processed')
      expect(await table.claim(key, inAMinute())).toEqual({ state: 'done', as: 'processed' })
    },
  )

  it('is claimed, and ended, by a client that tries again because it never got the answer', async () => {
    const losing = new DynamoDBClient(clientOptions(await testSandbox().credentials('home')))
    const lost = losingAnswers(losing)
    const table = idempotencyTable({ tableName: TableName, client: losing })
    const claiming = await table.claim(key, inAMinute())
    expect(claiming).toMatchObject({ state: 'claimed', claim: { attempts: 1 } })
    if (claiming.state === 'claimed') await table.complete(claiming.claim, 'processed')
    expect(lost.size).toBe(2)
    expect(await table.claim(key, inAMinute())).toEqual({ state: 'done', as: 'processed' })
  })

  describe('when the table refuses writes and the client does not try again', () => {
    async function refusing(times: number, name: string): Promise<{ table: Idempotency; calls: () => number }> {
      const options = clientOptions(await testSandbox().credentials('home'))
      const client = new DynamoDBClient({ ...options, maxAttempts: 1 })
      let calls = 0
      client.middlewareStack.add(
        (next) => (args) => {
          calls += 1
          if (calls <= times) throw Object.assign(new Error('Injected by the test'), { name })
          return next(args)
        },
        { step: 'finalizeRequest', priority: 'low' },
      )
      return { table: idempotencyTable({ tableName: TableName, client }), calls: () => calls }
    }

    it('is claimed by the fifth', async () => {
      const { table } = await refusing(4, 'ThrottlingException')
      expect(await table.claim(key, inAMinute())).toMatchObject({ state: 'claimed', claim: { attempts: 1 } })
    })

    it('fails with what the fifth was told', async () => {
      const { table, calls } = await refusing(5, 'ThrottlingException')
      await expect(table.claim(key, inAMinute())).rejects.toThrow('Injected by the test')
      expect(calls()).toBe(5)
    })

    it('fails at once when the table would refuse it again, and when there is no more time', async () => {
      const unknown = await refusing(1, 'ResourceNotFoundException')
      const sentence = `An item was not written to the table ${TableName}: ResourceNotFoundException: Injected by the test.`
      await expect(unknown.table.claim(key, inAMinute())).rejects.toMatchObject({
        code: 'TableError',
        message: sentence,
      })
      expect(unknown.calls()).toBe(1)
      const slow = await refusing(100, 'ThrottlingException')
      await expect(slow.table.claim(key, inAMinute(), AbortSignal.timeout(20))).rejects.toThrow()
      expect(slow.calls()).toBeLessThan(5)
    })
  })
})
