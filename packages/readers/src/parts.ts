import type { Batch, SourceRecord } from './source.ts'

/** The same records, in their order, so many at a time. */
export function* partsOf(records: readonly SourceRecord[], most: number): Generator<readonly SourceRecord[], void> {
  for (let from = 0; from < records.length; from += most) yield records.slice(from, from + most)
}

/** The same batch as several that have so many records at most, each of which says that what comes after it is left. */
export function* inParts(batch: Batch, most: number): Generator<Batch, void> {
  const { lag, left } = batch
  const rest = { records: batch.records.length, bytes: bytesOf(batch.records) }
  for (const records of partsOf(batch.records, most)) {
    rest.records -= records.length
    rest.bytes -= bytesOf(records)
    const position = records.at(-1)?.position
    if (rest.records === 0) yield { ...batch, records }
    else
      yield {
        records,
        ...(position !== undefined && { position }),
        ...(lag !== undefined && { lag: Math.max(1, lag) }),
        ...(left && {
          left: {
            ...(left.records !== undefined && { records: left.records + rest.records }),
            ...(left.bytes !== undefined && { bytes: Math.max(1, left.bytes + rest.bytes) }),
          },
        }),
      }
  }
}

const bytesOf = (records: readonly SourceRecord[]): number => records.reduce((sum, { data }) => sum + data.length, 0)
