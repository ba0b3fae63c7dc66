import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchGetItemCommandInput, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  type Checkpoints,
  type Claim,
  ClaimLostError,
  fileCheckpoints,
  memoryCheckpoints,
  tableCheckpoints,
} from '@causeway-aws/readers'
import { clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTable, losingAnswers } from '../../dynamodb.ts'
import { sandboxDirectory, testSandbox } from '../../sandbox.ts'

const TableName = `checkpoints-${process.pid}`
let client: DynamoDBClient
beforeAll(async () => {
  client = new DynamoDBClient(clientOptions(await testSandbox().credentials('home')))
  await createTable(client, TableName)
})
afterAll(() => client.send(new DeleteTableCommand({ TableName })))

const lease = 60_000

async function claimed(checkpoints: Checkpoints, partition = 'shard-1', milliseconds = lease): Promise<Claim> {
  const claim = await checkpoints.claim(partition, milliseconds)
  if (!claim) throw new Error(`another has ${partition}`)
  return claim
}

/** A claim that has ended. */
async function stalled(checkpoints: Checkpoints): Promise<Claim> {
  const claim = await claimed(checkpoints, 'shard-1', 1)
  await sleep(5)
  return claim
}

/** What all checkpoints are, wherever they are kept. Each test begins with none. */
describe.each<[string, () => Checkpoints | Promise<Checkpoints>]>([
  ['in memory', memoryCheckpoints],
  ['in a file', () => fileCheckpoints({ path: join(sandboxDirectory(), crypto.randomUUID()), source: 'orders' })],
  ['in a table', () => tableCheckpoints({ tableName: TableName, client, source: crypto.randomUUID() })],
])('Checkpoints %s', (_, none) => {
  it('are none of a partition that nobody has claimed', async () => {
    expect(await (await none()).get('shard-1')).toBeUndefined()
  })

  it('are where they were committed last, for whoever claims the partition next', async () => {
    const checkpoints = await none()
    const claim = await claimed(checkpoints)
    expect(claim).toMatchObject({ partition: 'shard-1', position: undefined, finished: false })
    await checkpoints.commit(claim, lease, '7')
    await checkpoints.commit(claim, lease, '9')
    await checkpoints.commit(claim, lease)
    await checkpoints.release(claim)
    expect(await checkpoints.get('shard-1')).toMatchObject({ position: '9', finished: false })
    expect(await claimed(checkpoints)).toMatchObject({ position: '9', finished: false })
    expect(await checkpoints.get('shard-2')).toBeUndefined()
  })

  it('say whether a reader has the partition now, and which claim it is', async () => {
    const checkpoints = await none()
    const claim = await claimed(checkpoints)
    expect(await checkpoints.get('shard-1')).toEqual({ position: undefined, finished: false, epoch: 1, claimed: true })
    await checkpoints.commit(claim, lease, '7')
    await checkpoints.release(claim)
    expect(await checkpoints.get('shard-1')).toEqual({ position: '7', finished: false, epoch: 1, claimed: false })
    await stalled(checkpoints)
    await sleep(5)
    expect(await checkpoints.get('shard-1')).toEqual({ position: '7', finished: false, epoch: 2, claimed: false })
  })

  it('are claimed by one of many, and by another when it gives its claim back', async () => {
    const checkpoints = await none()
    const claims = await Promise.all(Array.from({ length: 20 }, () => checkpoints.claim('shard-1', lease)))
    const [claim, ...others] = claims.filter((claim) => claim !== undefined)
    expect(others).toEqual([])
    expect(await checkpoints.claim('shard-1', lease)).toBeUndefined()
    if (claim) await checkpoints.release(claim)
    await expect(claimed(checkpoints)).resolves.toMatchObject({ partition: 'shard-1' })
  })

  it('are kept from others as long as commits follow one another', async () => {
    const checkpoints = await none()
    const claim = await claimed(checkpoints, 'shard-1', 400)
    for (let commit = 0; commit < 4; commit += 1) {
      await sleep(200)
      expect(await checkpoints.claim('shard-1', lease)).toBeUndefined()
      await checkpoints.commit(claim, 400)
    }
  })

  it('are not moved by a reader that another has replaced', async () => {
    const checkpoints = await none()
    const late = await stalled(checkpoints)
    const current = await claimed(checkpoints)
    expect(current.epoch).toBeGreaterThan(late.epoch)
    await checkpoints.commit(current, lease, '7')
    await expect(checkpoints.commit(late, lease, '3')).rejects.toThrow(ClaimLostError)
    await expect(checkpoints.finish(late)).rejects.toThrow(ClaimLostError)
    await checkpoints.release(late)
    expect(await checkpoints.claim('shard-1', lease)).toBeUndefined()
    expect(await checkpoints.get('shard-1')).toMatchObject({ position: '7', finished: false })
  })

  it('say of a partition that was read to its end that it was', async () => {
    const checkpoints = await none()
    const claim = await claimed(checkpoints)
    await checkpoints.commit(claim, lease, '9')
    await checkpoints.finish(claim)
    expect(await claimed(checkpoints)).toMatchObject({ position: '9', finished: true })
  })

  it('are each what it is where many are asked for at once, one of them twice', async () => {
    const checkpoints = await none()
    for (const id of [7, 130, 249]) await checkpoints.commit(await claimed(checkpoints, `object-${id}`), lease, `${id}`)
    const ids = [...Array.from({ length: 250 }, (_, id) => id), 7]
    const found = await Promise.all(ids.map((id) => checkpoints.get(`object-${id}`)))
    const positions = ids.flatMap((id, index) => (found[index] ? [[id, found[index].position]] : []))
    expect(positions).toEqual([[7, '7'], [130, '130'], [249, '249'], [7, '7']]) // biome-ignore format: pairs
  })

  it('know when their source was first read', async () => {
    const checkpoints = await none()
    const first = new Date('2026-01-22T09:30:00.123Z')
    expect(await checkpoints.begun(first)).toEqual(first)
    expect(await checkpoints.begun(new Date())).toEqual(first)
  })
})

it('Checkpoints in a table are of one source only', async () => {
  const [orders, invoices] = ['orders', 'invoices'].map((source) =>
    tableCheckpoints({ tableName: TableName, client, source }),
  ) as [Checkpoints, Checkpoints]
  await orders.commit(await claimed(orders), lease, '7')
  expect(await invoices.get('shard-1')).toBeUndefined()
})

it('Checkpoints in a table are claimed, and committed, by a client that tries again because it never got the answer', async () => {
  const losing = new DynamoDBClient(clientOptions(await testSandbox().credentials('home')))
  const lost = losingAnswers(losing)
  const checkpoints = tableCheckpoints({ tableName: TableName, client: losing, source: crypto.randomUUID() })
  const claim = await claimed(checkpoints)
  await checkpoints.commit(claim, lease, '7')
  await checkpoints.finish(claim)
  expect(lost.size).toBe(3)
  expect(await checkpoints.get('shard-1')).toMatchObject({ position: '7', finished: true })
})

it('Checkpoints in a table are asked for again as far as DynamoDB has left them out', async () => {
  const hurried = new DynamoDBClient(clientOptions(await testSandbox().credentials('home')))
  const source = crypto.randomUUID()
  const asked: number[] = []
  // As a table that is throttled: it answers for the first two, and gives the others back.
  hurried.middlewareStack.add(
    (next) => async (args) => {
      const all = (args.input as BatchGetItemCommandInput).RequestItems?.[TableName]
      const keys = all?.Keys ?? []
      asked.push(keys.length)
      const RequestItems = { [TableName]: { ...all, Keys: keys.slice(0, 2) } }
      const answer = await next({ ...args, input: { ...args.input, RequestItems } })
      const left = { [TableName]: { ...all, Keys: keys.slice(2) } }
      Object.assign(answer.output, { UnprocessedKeys: keys.length > 2 ? left : {} })
      return answer
    },
    { step: 'initialize' },
  )
  const [writing, reading] = [client, hurried].map((client) =>
    tableCheckpoints({ tableName: TableName, client, source }),
  ) as [Checkpoints, Checkpoints]
  const ids = ['a', 'b', 'c', 'd', 'e']
  for (const id of ids) await writing.commit(await claimed(writing, id), lease, id)
  const found = await Promise.all(ids.map((id) => reading.get(id)))
  expect(found.map((checkpoint) => checkpoint?.position)).toEqual(ids)
  expect(asked).toEqual([5, 3, 1])
})
