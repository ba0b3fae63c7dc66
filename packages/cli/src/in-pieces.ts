import { once } from 'node:events'
import type { Batch, From, Partition, Source, SourceRecord } from '@causeway-aws/readers/reading'

/** What a piece may have. */
export interface PieceOptions {
  /** How many records all pieces may have together, of all partitions. */
  readonly most: number
  /** After how many bytes a piece has enough. */
  readonly bytes: number
}

/**
 * A source whose batches come in pieces, so that each piece is committed when it was written, and that ends to give when
 * it has given enough: then it waits for who reads it to stop, since the last pieces are still being written.
 */
export function inPieces<P extends Partition>(source: Source<P>, { most, bytes }: PieceOptions): Source<P> {
  let left = most

  /** As many records as fit, and may still be given. */
  function take(records: readonly SourceRecord[], from: number): readonly SourceRecord[] {
    let end = from
    for (let size = 0; end < records.length && end - from < left && size < bytes; end += 1) {
      size += records[end]?.data.length ?? 0
    }
    left -= end - from
    return records.slice(from, end)
  }

  async function* read(partition: P, from: From, signal: AbortSignal): AsyncGenerator<Batch, void> {
    for await (const batch of source.read(partition, from, signal)) {
      const { records } = batch
      if (records.length === 0) yield batch
      for (let given = 0; given < records.length; ) {
        if (left === 0) await abortionOf(signal)
        const piece = take(records, given)
        given += piece.length
        const position = given === records.length ? batch.position : piece.at(-1)?.position
        yield { records: piece, ...(position !== undefined && { position }), ...farOf(batch, given) }
      }
    }
  }

  return { ...source, read }
}

/** Rejects when a signal fires. */
async function abortionOf(signal: AbortSignal): Promise<never> {
  await once(signal, 'abort', { signal })
  throw signal.reason
}

/** How far a piece is: what is left of its batch is behind, too. */
function farOf({ lag, left, records }: Batch, given: number): Pick<Batch, 'lag' | 'left'> {
  const isLast = given === records.length
  return {
    ...(lag !== undefined && { lag: isLast ? lag : Math.max(lag, 1) }),
    ...(left && isLast && { left }),
  }
}
