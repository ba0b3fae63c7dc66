import { setImmediate } from 'node:timers/promises'
import { type Checkpoints, type Partition, type ReadOptions, read, type Source } from '@causeway-aws/readers/reading'
import { Finding, UsageError } from './exit.ts'
import { inPieces } from './in-pieces.ts'
import { outputOf, type ReadFlags } from './read-options.ts'
import { readingProgress } from './reading-progress.ts'
import { formatRecords } from './record-output.ts'
import type { Terminal } from './terminal.ts'

interface ReadingOptions<P extends Partition> {
  source: Source<P>
  checkpoints: Checkpoints
  /** Where they are kept, in words; undefined where they are not. */
  kept: string | undefined
  flags: ReadFlags
  /** What is done with records that fail by themselves. Default: reading ends there. */
  onFailure?: ReadOptions<P>['onFailure']
  /** How many partitions are read side by side, where that is not for the source to say. */
  concurrency?: number
  /** What its partitions are called: shards. */
  what: string
  terminal: Terminal
  signal: AbortSignal
}

/** What a pipe holds: what is in it when its reader ends counts as read. */
const pipeBytes = 65_536

/** Prints the records of a source. What was written is committed, and nothing else. */
export async function readRecords<P extends Partition>(options: ReadingOptions<P>): Promise<void> {
  const { source, checkpoints, kept, flags, concurrency, onFailure, what, terminal, signal } = options
  const { follow = false, limit = Number.POSITIVE_INFINITY, from } = flags
  if (from === 'latest' && !follow && kept === undefined) {
    throw new UsageError(
      '--from latest: nothing comes after now. Add --follow, or --checkpoint to begin here the next time.',
    )
  }
  const progress = readingProgress(terminal, what)
  const enough = new AbortController()
  let isWritten = true

  const output = outputOf(flags)
  const onBatch: ReadOptions<P>['onBatch'] = async (records, { partition, signal }) => {
    terminal.write(formatRecords(records, partition.id, output, terminal))
    if (await terminal.written()) return
    isWritten = false
    await setImmediate() // then the signal says that it is over
    signal.throwIfAborted()
    throw new Error('Standard output cannot be written.')
  }

  const summary = await read({
    source: inPieces(source, { most: limit, bytes: terminal.isPiped ? pipeBytes : Number.POSITIVE_INFINITY }),
    checkpoints,
    ...(from !== 'earliest' && !isPosition(from) && { start: from }),
    untilCaughtUp: !follow,
    signal: AbortSignal.any([signal, enough.signal]),
    onBatch,
    ...(onFailure && { onFailure }),
    ...(concurrency !== undefined && { concurrency }),
    onProgress: (batch) => {
      progress.add(batch)
      if (progress.records >= limit) enough.abort()
    },
  })

  const stopped = !isWritten ? 'by what reads it' : signal.aborted ? 'by hand' : enough.signal.aborted && 'by its limit'
  progress.end({ summary, stopped, kept })
  if (!isWritten && !follow) signal.throwIfAborted() // there is more
  if (!stopped && summary.held > 0) throw new Finding()
}

export const isPosition = (from: ReadFlags['from']): from is { readonly position: string } =>
  typeof from === 'object' && 'position' in from
