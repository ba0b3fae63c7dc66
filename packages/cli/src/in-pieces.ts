import { once } from 'node:events'
import type { Batch, From, Partition, Source, SourceRecord } from '@causeway-aws/readers/reading'

/** What a piece may have. */
export interface PieceOptions {
  /** How many records all pieces may have together, of all partitions. */
  readonly most: number
  /** How many bytes a piece may have, unless it is one record. Default: as many as there are. */
  readonly bytes?: number
  /** How many bytes a record is, of a partition of this id: of the line that is printed. */
  readonly sizeOf?: (record: SourceRecord, partition: string) => number
}

/** A source whose batches come in pieces. */
export interface Pieces<P extends Partition> {
  readonly source: Source<P>
  /** Says that the records of a piece are done, and count for good. */
  done(records: readonly SourceRecord[]): void
}

/**
 * A source whose batches come in pieces, so that each piece is committed when it was written, and that ends to give when
 * it has given enough: then it waits for who reads it to stop, since the last pieces are still being written. A piece that
 * is not done when its partition is taken back counts no more: it comes again, here or in another reader.
 */
export function inPieces<P extends Partition>(
  source: Source<P>,
  { most, bytes = Number.POSITIVE_INFINITY, sizeOf = () => 0 }: PieceOptions,
): Pieces<P> {
  let left = most
  let more = Promise.withResolvers<void>()
  const inHand = new Set<readonly SourceRecord[]>()

  /** As many records as fit, and may still be given. */
  function take(records: readonly SourceRecord[], from: number, partition: string): readonly SourceRecord[] {
    let end = from
    let size = 0
    for (const record of records.slice(from, Math.min(records.length, from + left))) {
      size += sizeOf(record, partition)
      if (size > bytes && end > from) break
      end += 1
    }
    const piece = records.slice(from, end)
    left -= piece.length
    inHand.add(piece)
    return piece
  }

  function giveBack(piece: readonly SourceRecord[]): void {
    if (!inHand.delete(piece)) return
    left += piece.length
    more.resolve()
    more = Promise.withResolvers()
  }

  async function* read(partition: P, from: From, signal: AbortSignal): AsyncGenerator<Batch, void> {
    for await (const batch of source.read(partition, from, signal)) {
      const { records } = batch
      if (records.length === 0) yield batch
      for (let given = 0; given < records.length; ) {
        while (left === 0) await either(more.promise, signal)
        const piece = take(records, given, partition.id)
        given += piece.length
        const position = given === records.length ? batch.position : piece.at(-1)?.position
        try {
          yield { records: piece, ...(position !== undefined && { position }), ...farOf(batch, given) }
          inHand.delete(piece) // who asks for the next has done this one
        } finally {
          giveBack(piece)
        }
      }
    }
  }

  return { source: { ...source, read }, done: (records) => void inHand.delete(records) }
}

/** Resolves with a promise, or rejects when a signal fires. */
async function either(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const ending = new AbortController()
  try {
    await Promise.race([promise, once(signal, 'abort', { signal: AbortSignal.any([signal, ending.signal]) })])
  } catch {}
  ending.abort()
  signal.throwIfAborted()
}

/** How far a piece is: what is left of its batch is behind, too. */
function farOf({ lag, left, records }: Batch, given: number): Pick<Batch, 'lag' | 'left'> {
  const isLast = given === records.length
  return {
    ...(lag !== undefined && { lag: isLast ? lag : Math.max(lag, 1) }),
    ...(left && isLast && { left }),
  }
}
