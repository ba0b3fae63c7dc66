import type { Partition, Source } from '@causeway-aws/readers/reading'
import { UsageError } from './exit.ts'

/**
 * Some of a source's partitions, by their ids. One that is not there when they are first listed is a mistake, of which
 * `missing` says the sentence; later it has expired.
 */
export function onlyPartitions<P extends Partition>(
  source: Source<P>,
  ids: readonly string[] | undefined,
  missing: (id: string) => string,
): Source<P> {
  if (ids === undefined) return source
  let isKnown = false
  return {
    ...source,
    async *partitions(signal) {
      const listed: P[] = []
      for await (const partition of source.partitions(signal)) if (ids.includes(partition.id)) listed.push(partition)
      const absent = ids.find((id) => !listed.some((partition) => partition.id === id))
      if (absent !== undefined && !isKnown) throw new UsageError(missing(absent))
      isKnown = true
      yield* listed
    },
  }
}
