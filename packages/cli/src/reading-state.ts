import type {
  Batch,
  Checkpoints,
  From,
  Left,
  Partition,
  Progress,
  ReadOptions,
  Source,
  SourceRecord,
} from '@causeway-aws/readers/reading'

type OnFailure = NonNullable<ReadOptions<Partition>['onFailure']>

/** How far a partition was read by this command. */
export interface PartitionState {
  readonly id: string
  readonly from: From
  /** When it was begun, by `performance.now()`. */
  readonly began: number
  readonly size: number | undefined
  records: number
  failed: number
  bytes: number
  lag: Batch['lag']
  left: Left | undefined
  /** Whether it was read to its end. */
  isFinished: boolean
  /** Those that come after it, as what a shard was split into. */
  readonly children: Set<string>
}

/** How far a source was read by this command, of all its partitions and of each. */
export class ReadingState {
  records = 0
  /** Those that failed by themselves, and are no more to be read: they are not among `records`. */
  failed = 0
  bytes = 0
  /** The last record that was done, as long as all are of one partition. */
  place: { readonly id: string; readonly position: string } | 'several' | undefined
  /** The partitions that are being read. */
  readonly open: Map<string, PartitionState> = new Map()
  /** Those that went where such records go, and are not counted yet. */
  readonly #failures = new WeakSet<SourceRecord>()
  readonly #onEnd: (state: PartitionState) => void
  /** By the partition that they come after. */
  readonly #children = new Map<string, Set<string>>()
  /** The sizes of the partitions that were listed, and neither read nor passed over. */
  readonly #sizes = new Map<string, number>()
  #total: number | undefined
  #past = 0
  /** Of those that were read to their end, how much of them. */
  #read = 0

  /** @param onEnd - Told of each partition that is read no more. */
  constructor(onEnd: (state: PartitionState) => void) {
    this.#onEnd = onEnd
  }

  /** The same source, whose reading is watched. */
  watched<P extends Partition>(source: Source<P>): Source<P> {
    const state = this
    return {
      ...source,
      async *partitions(signal) {
        for await (const partition of source.partitions(signal)) {
          if (partition.size !== undefined) state.#sizes.set(partition.id, partition.size)
          for (const parent of partition.after) state.#childrenOf(parent).add(partition.id)
          yield partition
        }
      },
      async *read(partition, from, signal) {
        const { id, size } = partition
        const left = size === undefined ? undefined : { bytes: size }
        const own = { id, from, size, left, began: performance.now(), lag: undefined, records: 0, failed: 0, bytes: 0 }
        // What has a size ends by itself, and there may be any number of such.
        const children = partition.size === undefined ? state.#childrenOf(id) : new Set<string>()
        const opened: PartitionState = { ...own, isFinished: false, children }
        state.open.set(id, opened)
        try {
          yield* source.read(partition, from, signal)
          opened.isFinished = true
        } finally {
          state.open.delete(id)
          state.#read += doneOf(opened)
          state.#pass(id)
          state.#onEnd(opened)
        }
      },
    }
  }

  /** The same checkpoints: a partition that was read before is passed over. */
  watchedCheckpoints(checkpoints: Checkpoints): Checkpoints {
    return {
      ...checkpoints,
      get: async (id) => {
        const checkpoint = await checkpoints.get(id)
        if (checkpoint?.finished) this.#pass(id)
        return checkpoint
      },
    }
  }

  /** The same way for records that fail by themselves, which are counted as such. */
  watchedFailures(onFailure: OnFailure): OnFailure {
    return async (failure) => {
      await onFailure(failure)
      this.#failures.add(failure.record)
    }
  }

  /** Finds out how much there is, of a source that has an end. What cannot be listed has no estimate. */
  async measure({ finite, partitions }: Source, signal: AbortSignal): Promise<void> {
    if (!finite) return
    let total = 0
    try {
      for await (const { size } of partitions(signal)) total += size ?? Number.NaN
      this.#total = total
    } catch {}
  }

  add({ partition: { id }, records, position, lag, left }: Progress<Partition>): void {
    const bytes = records.reduce((sum, { data }) => sum + data.length, 0)
    const failed = records.filter((record) => this.#failures.has(record)).length
    this.records += records.length - failed
    this.failed += failed
    this.bytes += bytes
    const opened = this.open.get(id)
    if (opened) {
      opened.records += records.length - failed
      opened.failed += failed
      opened.bytes += bytes
      opened.lag = lag ?? opened.lag
      opened.left = left ?? opened.left
    }
    if (position !== undefined && records.length > 0) {
      this.place =
        this.place === undefined || (this.place !== 'several' && this.place.id === id) ? { id, position } : 'several'
    }
  }

  /** How many records are done, those that failed among them. */
  get done(): number {
    return this.records + this.failed
  }

  /** How far behind the newest record the last of the partitions is, in milliseconds. */
  get lag(): number {
    return Math.max(0, ...[...this.open.values()].map(({ lag = 0 }) => lag))
  }

  /** What there is left, as far as that is known. */
  get left(): Left | undefined {
    const open = [...this.open.values()]
    const done = open.reduce((sum, state) => sum + doneOf(state), 0)
    if (this.#total !== undefined) return { bytes: Math.max(0, this.#total - this.#past - done) }
    const records = open.flatMap(({ left }) => left?.records ?? [])
    return records.length === 0 ? undefined : { records: records.reduce((sum, count) => sum + count, 0) }
  }

  /** How many bytes of what is stored were read. */
  get stored(): number {
    return [...this.open.values()].reduce((sum, state) => sum + doneOf(state), this.#read)
  }

  #childrenOf(id: string): Set<string> {
    const children = this.#children.get(id) ?? new Set<string>()
    this.#children.set(id, children)
    return children
  }

  #pass(id: string): void {
    this.#past += this.#sizes.get(id) ?? 0
    this.#sizes.delete(id)
  }
}

const doneOf = ({ size = 0, left }: PartitionState): number => size - (left?.bytes ?? size)
