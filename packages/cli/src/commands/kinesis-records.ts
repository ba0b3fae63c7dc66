import { GetRecordsCommand, GetShardIteratorCommand, type GetShardIteratorInput } from '@aws-sdk/client-kinesis'
import { kinesisRecords } from '@causeway-aws/readers/kinesis'
import { openKinesis, openStream } from '../kinesis-stream.ts'
import { outputOf } from '../output-options.ts'
import type { ReadFrom } from '../read-options.ts'
import { formatRecords } from '../record-output.ts'
import type { Terminal } from '../terminal.ts'
import type { IteratorFlags, RecordsFlags } from './kinesis.ts'

interface Context {
  terminal: Terminal
  signal: AbortSignal
}

/** Prints an iterator of a shard. */
export async function printIterator({
  shard,
  from,
  terminal,
  signal,
  ...flags
}: IteratorFlags & Context): Promise<void> {
  const { client, stream } = await openStream(flags)
  const named = stream.startsWith('arn:') ? { StreamARN: stream } : { StreamName: stream }
  const command = new GetShardIteratorCommand({ ...named, ShardId: shard, ...startOf(from) })
  const { ShardIterator = '' } = await client.send(command, { abortSignal: signal })
  terminal.print(ShardIterator)
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html */
function startOf(
  from: ReadFrom,
): Pick<GetShardIteratorInput, 'ShardIteratorType' | 'StartingSequenceNumber' | 'Timestamp'> {
  if (from === 'earliest') return { ShardIteratorType: 'TRIM_HORIZON' }
  if (from === 'latest') return { ShardIteratorType: 'LATEST' }
  if (from instanceof Date) return { ShardIteratorType: 'AT_TIMESTAMP', Timestamp: from }
  const [sequenceNumber, subSequence] = from.position.split('/')
  // Of an aggregate that was read in part the rest is still to come.
  const ShardIteratorType = subSequence === undefined ? 'AFTER_SEQUENCE_NUMBER' : 'AT_SEQUENCE_NUMBER'
  return { ShardIteratorType, StartingSequenceNumber: sequenceNumber }
}

/** Prints what Kinesis answers to an iterator, and what follows it. */
export async function printRecords(options: RecordsFlags & Context & { iterator: string }): Promise<void> {
  const { iterator, limit, output, json, terminal, signal, ...flags } = options
  const { client } = await openKinesis(flags)
  const command = new GetRecordsCommand({ ShardIterator: iterator, ...(limit !== undefined && { Limit: limit }) })
  const { Records = [], NextShardIterator, MillisBehindLatest } = await client.send(command, { abortSignal: signal })
  const form = outputOf({ ...(output && { output }), ...(json && { json }) })
  let total = 0
  for await (const records of kinesisRecords(Records)) {
    terminal.write(formatRecords(records, undefined, form, terminal))
    if (!(await terminal.written())) return
    total += records.length
  }
  if (form === 'ndjson') {
    const next = { nextIterator: NextShardIterator ?? null, behindMilliseconds: MillisBehindLatest }
    return terminal.print(JSON.stringify(next))
  }
  const count = `${total.toLocaleString('en')} ${total === 1 ? 'record' : 'records'}`
  terminal.note(
    NextShardIterator === undefined ? `${count}; the shard ends here.` : `${count}. To go on: ${NextShardIterator}`,
  )
}
