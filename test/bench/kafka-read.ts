import { type AskedProcess, startProcess } from './asked-process.ts'
import { compared, type Figure } from './figure.ts'
import { clusterOf, fillTopic } from './kafka-cluster.ts'
import type { TopicReading, TopicSample } from './kafka-read-process.ts'
import { inPairs, type Pair } from './pairs.ts'
import { startSandbox } from './sandbox.ts'

const count = 48_000

/** Records a second of a topic, read with the group's offsets as checkpoints, beside bare kafkajs: also of its processor time. */
export async function* kafkaRead(): AsyncGenerator<Figure> {
  await using sandbox = await startSandbox()
  const cluster = await clusterOf(sandbox)
  await using ours = startReader('causeway')
  await using peer = startReader('kafkajs')
  for (const partitions of [1, 4, 16]) {
    const topic = `orders-${partitions}`
    await fillTopic(cluster, topic, partitions, count / partitions)
    const reading = { cluster, topic, count }
    // Until V8 has compiled what each of them runs, the one that has more of it takes longer.
    for (let run = 0; partitions === 1 && run < 3; run += 1) {
      await ours.ask(reading)
      await peer.ask(reading)
    }
    const pairs = await inPairs(
      9,
      () => ours.ask(reading),
      () => peer.ask(reading),
    )
    const name = partitions === 1 ? '1 partition' : `${partitions} partitions`
    yield compared(name, of(pairs, 'perSecond'), { at: 'least', limit: 0.95 })
    yield compared(`${name}, of processor time`, of(pairs, 'perProcessorSecond'))
  }
}

const of = (pairs: readonly Pair<TopicSample>[], key: keyof TopicSample): Pair<number>[] =>
  pairs.map(([ours, peer]) => [ours[key], peer[key]])

function startReader(way: 'causeway' | 'kafkajs'): AskedProcess<TopicReading, TopicSample> {
  return startProcess(new URL('./kafka-read-process.ts', import.meta.url), [way])
}
