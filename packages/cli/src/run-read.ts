import { setImmediate } from 'node:timers/promises'
import {
  type Checkpoints,
  type Partition,
  type ReadOptions,
  read,
  type Source,
  SourceError,
  UncommittedError,
  whereAfter,
} from '@causeway-aws/readers/reading'
import { Finding, UsageError } from './exit.ts'
import { inPieces } from './in-pieces.ts'
import { openCheckpoints } from './open-checkpoints.ts'
import { outputOf } from './output-options.ts'
import { isPosition, type ReadFlags, type ReadSubject } from './read-options.ts'
import type { Reader } from './reader-identity.ts'
import { readingProgress } from './reading-progress.ts'
import { recordFormat } from './record-output.ts'
import type { Terminal } from './terminal.ts'

/** A source that is ready to be read. */
interface OpenedSource {
  readonly source: Source
  /** Who reads it. */
  readonly reader: Reader
  /** What keeps how far it was read, where that is the source itself, and what that is called. */
  readonly checkpoints?: Checkpoints
  readonly kept?: string
  /** How many partitions are read side by side, where that is not for the source to say. */
  readonly concurrency?: number
  /** How many bytes may be written, to a file or a screen, and not be committed, where its batches are smaller. */
  readonly commitBytes?: number
  /** How many partitions others have that it does not list itself. Asked when all else was read. */
  readonly held?: () => Promise<number>
  /** Leaves it. */
  readonly close?: () => Promise<void>
}

/** Opens what the flags of a command name. */
export type OpenSource<Flags extends ReadFlags> = (flags: Flags, how: OpenHow) => Promise<OpenedSource>

interface OpenHow {
  /** Some of its partitions, as they were named; undefined for all. */
  readonly only: readonly string[] | undefined
  /** How long, in milliseconds, the service may fail before reading ends. */
  readonly patience: number
}

/** What a command was told, and where it writes. */
export interface Reading<Flags extends ReadFlags> {
  readonly flags: Flags
  readonly only: readonly string[] | undefined
  readonly subject: ReadSubject
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

/** Opens a source, and prints its records. What was written is committed, and nothing else. */
export async function runRead<Flags extends ReadFlags>(
  open: OpenSource<Flags>,
  reading: Reading<Flags>,
): Promise<void> {
  const { flags, only } = reading
  const { from, checkpoint, errorsTo } = flags
  // Who waits for what comes may wait for the service; others would rather be told.
  const opened = await open(flags, { only, patience: flags.follow ? 300_000 : 30_000 })
  const source = isPosition(from) ? after(opened.source, from.position, reading) : opened.source
  let checkpoints: (Checkpoints & Partial<AsyncDisposable>) | undefined
  try {
    const onFailure =
      errorsTo === undefined
        ? undefined
        : (await import('./failed-records.ts')).failedRecordsTo(errorsTo, flags.errorsAs, source.name, opened.reader)
    checkpoints = opened.checkpoints ?? (await openCheckpoints(checkpoint, source.name, flags.region))
    await print({ ...opened, source, checkpoints, onFailure: await onFailure }, reading)
  } finally {
    if (!opened.checkpoints) await checkpoints?.[Symbol.asyncDispose]?.()
    await opened.close?.()
  }
}

/** A source whose partition is begun after a position, unless it has a checkpoint; then that is said. */
function after(
  source: Source,
  position: string,
  { subject, terminal }: Pick<Reading<ReadFlags>, 'subject' | 'terminal'>,
): Source {
  return {
    ...source,
    read(partition, from, signal) {
      if ('start' in from) return source.read(partition, { after: position }, signal)
      const named = `${subject.partition} ${partition.id}`
      terminal.note(`--from is not heeded: ${named} has a checkpoint, and goes on ${whereAfter(from.after)}.`)
      return source.read(partition, from, signal)
    },
  }
}

const isOfPosition = (error: unknown): error is SourceError => error instanceof SourceError && error.isOfPosition

interface Printing extends OpenedSource {
  readonly checkpoints: Checkpoints
  /** What is done with records that fail by themselves. Default: reading ends there. */
  readonly onFailure: ReadOptions<Partition>['onFailure']
}

/** What a pipe holds: what is in it when its reader ends counts as read. So much is in hand of each partition. */
const pipeBytes = 65_536

/** What is made text and written at once. Of a batch of megabytes that takes half as long again, and 100 MB. */
const recordsAtOnce = 64

async function print(
  { source, checkpoints, kept, concurrency, commitBytes, held, onFailure }: Printing,
  { flags, subject, terminal, signal }: Reading<ReadFlags>,
): Promise<void> {
  const { follow = false, limit = Number.POSITIVE_INFINITY, from } = flags
  // Who looks at the records themselves sees how far they are.
  const kind = flags.progress ?? (process.stderr.isTTY && !process.stdout.isTTY ? 'total' : 'off')
  const { state, ...progress } = readingProgress({
    terminal,
    kind,
    what: subject.partitions,
    failuresTo: flags.errorsTo,
  })
  const enough = new AbortController()
  let [hasBegun, isWritten] = [false, true]

  const { sizeOf, format } = recordFormat(outputOf(flags), terminal)
  const onBatch: ReadOptions['onBatch'] = async (records, { partition, signal }) => {
    hasBegun = true
    for (let from = 0; from < records.length && isWritten; from += recordsAtOnce) {
      const some = records.slice(from, from + recordsAtOnce)
      terminal.write(format(some, partition.id))
      isWritten = await terminal.written()
    }
    if (isWritten) return
    await setImmediate() // then the signal says that it is over
    signal.throwIfAborted()
    throw new Error('Standard output cannot be written.')
  }

  const ending = AbortSignal.any([signal, enough.signal])
  if (kind === 'total') state.measure(source, ending)
  const pieces = inPieces(state.watched(source), {
    most: limit,
    ...(terminal.isPiped && { bytes: pipeBytes, sizeOf }),
  })
  const whole = await read({
    source: pieces.source,
    checkpoints: state.watchedCheckpoints(checkpoints),
    ...(from !== 'earliest' && !isPosition(from) && { start: from }),
    untilCaughtUp: !follow,
    signal: ending,
    onBatch,
    ...(commitBytes !== undefined && !terminal.isPiped && { commitBytes }),
    ...(onFailure && { onFailure: state.watchedFailures(onFailure) }),
    ...(concurrency !== undefined && { concurrency }),
    onProgress: (batch) => {
      pieces.done(batch.records)
      state.add(batch)
      progress.tick()
      if (state.done >= limit) enough.abort()
    },
  }).catch((error: unknown) => {
    // It is an end, too, of which there is more to say.
    if (error instanceof UncommittedError) return error
    const isGiven = isPosition(from) || flags.checkpoint !== undefined
    throw isGiven && !hasBegun && isOfPosition(error) ? new UsageError(error.message, { cause: error }) : error
  })

  const stopped = !isWritten ? 'by what reads it' : signal.aborted ? 'by hand' : enough.signal.aborted && 'by its limit'
  const place = kept ?? flags.checkpoint?.name
  if (whole instanceof UncommittedError) {
    progress.endUncommitted({ stopped, kept: place, again: whole.again })
    throw new Finding()
  }
  const { held: refused, ...ends } = whole
  const summary = { ...ends, held: refused + (stopped || !held ? 0 : await held()) }
  progress.end({ summary, stopped, kept: place })
  if (!isWritten && !follow) signal.throwIfAborted() // there is more
  if (!stopped && summary.held > 0) throw new Finding()
}
