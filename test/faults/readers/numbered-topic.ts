import { setTimeout as sleep } from 'node:timers/promises'
import type { KafkaCluster, Sandbox } from '@causeway-aws/sandbox'
import { makeOrders, type Orders } from '../../e2e/readers/kafka-orders.ts'
import type { Numbered } from './given.ts'

const keys = 40
const partitions = 4

/** A topic of numbered records. */
export interface NumberedTopic extends AsyncDisposable {
  readonly name: string
  /** Writes up to a share of all records, so many of each partition at once. */
  writeUpTo(share: number): Promise<void>
  /** Looks at the offsets of a group until it is disposed of, and says which went back. */
  watch(groupId: string): AsyncDisposable & { readonly wentBack: readonly string[] }
}

export async function numberedTopic(
  sandbox: Sandbox,
  cluster: KafkaCluster,
  { total, atOnce }: { total: number; atOnce: number },
): Promise<NumberedTopic> {
  const orders: Orders = await makeOrders(sandbox, cluster, partitions)
  const { topic, producer, admin } = orders
  let count = 0

  function next(): { key: string; value: string; partition: number } {
    const [nth, number] = [count % keys, Math.floor(count / keys)]
    const key = `customer-${nth}`
    count += 1
    return { key, value: JSON.stringify({ key, number } satisfies Numbered), partition: nth % partitions }
  }

  return {
    name: topic,
    async writeUpTo(share) {
      while (count < total * share) {
        const some = Math.min(atOnce * partitions, total - count)
        await producer.send({ topic, messages: Array.from({ length: some }, next) })
      }
    },
    watch(groupId) {
      const wentBack: string[] = []
      const known = new Map<number, bigint>()
      let isOver = false

      async function look(): Promise<void> {
        const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] })
        for (const { partition, offset } of offsets?.partitions ?? []) {
          const [before, now] = [known.get(partition) ?? -1n, BigInt(offset)]
          if (now < before) wentBack.push(`${partition}: ${before} became ${now}`)
          known.set(partition, now)
        }
      }

      async function watch(): Promise<void> {
        // The broker is killed, too.
        for (; !isOver; await sleep(100)) await look().catch(() => {})
      }

      const watching = watch()
      return {
        wentBack,
        async [Symbol.asyncDispose]() {
          isOver = true
          await watching
        },
      }
    },
    [Symbol.asyncDispose]: () => orders[Symbol.asyncDispose](),
  }
}
