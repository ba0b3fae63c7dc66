import type { Progress } from '../read-partition.ts'
import type { Left, Partition } from '../source.ts'

/** What was read for a work item, which may be several partitions: those that a consumer group has given its member. */
export class Drained {
  records = 0
  bytes = 0
  readonly #last: Map<string, { lag: number | undefined; left: Left | undefined }> = new Map()

  add({ partition, records, lag, left }: Progress<Partition>): void {
    this.records += records.length
    for (const { data } of records) this.bytes += data.length
    this.#last.set(partition.id, { lag, left })
  }

  /** How far behind, in milliseconds, the last of the partitions is, as far as that is known. */
  get lag(): number | undefined {
    const lags = [...this.#last.values()].flatMap(({ lag }) => lag ?? [])
    return lags.length === 0 ? undefined : Math.max(...lags)
  }

  /** How much is left of all of them, as far as that is known. */
  get left(): Left | undefined {
    const known = [...this.#last.values()].flatMap(({ left }) => left ?? [])
    const sum = (unit: keyof Left): number | undefined => {
      const counts = known.flatMap((left) => left[unit] ?? [])
      return counts.length === 0 ? undefined : counts.reduce((all, count) => all + count, 0)
    }
    const [records, bytes] = [sum('records'), sum('bytes')]
    if (records === undefined && bytes === undefined) return undefined
    return { ...(records !== undefined && { records }), ...(bytes !== undefined && { bytes }) }
  }
}
