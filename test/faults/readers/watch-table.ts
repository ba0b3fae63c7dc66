import { setTimeout as sleep } from 'node:timers/promises'
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'

/** Looks at checkpoints, again and again, until it is disposed of. */
export interface WatchedTable extends AsyncDisposable {
  /** What has moved to an earlier position, or was claimed in an older epoch than before. */
  readonly wentBack: readonly string[]
}

export function watchTable(client: DynamoDBClient, TableName: string): WatchedTable {
  const wentBack: string[] = []
  const known = new Map<string, { epoch: number; position: string | undefined }>()
  let isOver = false

  async function look(): Promise<void> {
    const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }))
    for (const { id, epoch, lastPosition } of Items) {
      const now = { epoch: Number(epoch?.N), position: lastPosition?.S }
      const before = known.get(id?.S ?? '')
      const isBack =
        before !== undefined &&
        (now.epoch < before.epoch ||
          (before.position !== undefined && compareSequences(now.position ?? '0', before.position) < 0))
      if (isBack) wentBack.push(`${id?.S}: ${JSON.stringify(before)} became ${JSON.stringify(now)}`)
      known.set(id?.S ?? '', now)
    }
  }

  async function watch(): Promise<void> {
    for (; !isOver; await sleep(100)) await look()
  }

  const watching = watch()
  return {
    wentBack,
    async [Symbol.asyncDispose]() {
      isOver = true
      await watching
    },
  }
}

/** Which of two positions of a shard comes first. A whole aggregate is after each of its records. */
export function compareSequences(a: string, b: string): number {
  const [[sequenceA, subA], [sequenceB, subB]] = [partsOf(a), partsOf(b)]
  if (sequenceA !== sequenceB) return sequenceA < sequenceB ? -1 : 1
  return subA === subB ? 0 : subA - subB
}

function partsOf(position: string): [sequence: bigint, sub: number] {
  const [sequence = '', sub] = position.split('/')
  return [BigInt(sequence), sub === undefined ? Number.POSITIVE_INFINITY : Number(sub)]
}
