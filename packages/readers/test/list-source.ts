import type { Batch, From, Partition, Source, SourceRecord } from '../src/index.ts'

/** Partitions of which each has some records, by id; one whose name has a parent's before a slash comes after it. */
export type Lists = Record<string, readonly string[]>

export interface ListSource extends Source {
  /** The partitions that may still grow. All others have ended. */
  readonly open: Set<string>
  readonly lists: Lists
}

/** A source of what is in some lists, a few records a batch. The position of a record is its number in its list. */
export function listSource(lists: Lists, { size = 3 }: { size?: number } = {}): ListSource {
  const open = new Set<string>()

  async function* read({ id }: Partition, from: From, signal: AbortSignal): AsyncGenerator<Batch> {
    let next = 'after' in from ? Number(from.after) + 1 : 0
    for (;;) {
      signal.throwIfAborted()
      const all = lists[id] ?? []
      const records = all.slice(next, next + size).map((text, index): SourceRecord => {
        return { position: `${next + index}`, data: Buffer.from(text) }
      })
      if (records.length === 0 && !open.has(id)) return
      next += records.length
      yield { records, ...(next > 0 && { position: `${next - 1}` }), lag: all.length - next }
      await new Promise(setImmediate)
    }
  }

  return {
    name: 'lists',
    lists,
    open,
    async *partitions() {
      for (const id of Object.keys(lists)) {
        const parent = id.split('/').slice(0, -1).join('/')
        yield { id, after: parent === '' ? [] : [parent] }
      }
    },
    read,
  }
}

export const textsOf = (records: readonly SourceRecord[]): string[] =>
  records.map(({ data }) => Buffer.from(data).toString())
