import { kinesisSource, type Shard } from '@causeway-aws/readers/kinesis'
import { openStream } from '../kinesis-stream.ts'
import type { Terminal } from '../terminal.ts'
import type { ShardsFlags } from './kinesis.ts'

export interface ShardsOptions extends ShardsFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Lists the shards of a stream. */
export async function printShards({ json, terminal, signal, ...flags }: ShardsOptions): Promise<void> {
  const { client, stream } = await openStream(flags)
  const shards: Shard[] = []
  const source = kinesisSource({ stream, client, patience: 10_000 })
  for await (const shard of source.partitions(signal)) shards.push(shard)
  if (json) return terminal.printJson(shards.map(documentOf))
  for (const { id, open, range, after } of shards) {
    const parents = after.length === 0 ? '' : `  <- ${after.join(', ')}`
    const state = open ? terminal.paint('green', 'open  ') : terminal.paint('dim', 'closed')
    terminal.print(`${id}  ${state}  ${range.from} - ${range.to}${parents}`)
  }
}

const documentOf = ({ id, open, range, after }: Shard) => ({
  id,
  open,
  parents: after,
  hashKeys: { from: `${range.from}`, to: `${range.to}` },
})
