import { appendFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Checkpoints, SourceRecord } from '@causeway-aws/readers'

/** A record under faults: its data is this as JSON. Numbers begin at 0 for each key. */
export interface Numbered {
  readonly key: string
  readonly number: number
}

/** What a reader did with a partition. */
export interface Entry {
  readonly partition: string
  /** By which claim, each of which has a name of its own. An entry that has nothing else says that it was made. */
  readonly claim: string
  /** What it was given: where each is, and what. */
  readonly records?: readonly (readonly [position: string, key: string, number: number])[]
  /** Up to where it has committed. */
  readonly committed?: string
}

/** The file that all readers of a run write to, in the order of what they do. */
export function makeGiven(path: string): void {
  writeFileSync(path, '')
}

/** What one reader writes. The kernel has it when the process is killed after that. */
export interface Given {
  /** Checkpoints that write who claims, and what is committed. */
  watch(checkpoints: Checkpoints): Checkpoints
  records(partition: string, records: readonly SourceRecord[]): void
}

export function openGiven(path: string): Given {
  const claims = new Map<string, string>()
  let made = 0

  function append(partition: string, entry: Pick<Entry, 'records' | 'committed'>): void {
    const claim = claims.get(partition) ?? 'none'
    // Between two newlines, so that an entry that a kill has cut spoils no other.
    appendFileSync(path, `\n${JSON.stringify({ partition, claim, ...entry } satisfies Entry)}\n`)
  }

  return {
    watch: (checkpoints) => ({
      ...checkpoints,
      async claim(partition, lease) {
        const claim = await checkpoints.claim(partition, lease)
        if (!claim) return undefined
        made += 1
        claims.set(partition, `${process.pid}-${made}`)
        append(partition, {})
        return claim
      },
      async commit(claim, lease, position) {
        await checkpoints.commit(claim, lease, position)
        if (position !== undefined) append(claim.partition, { committed: position })
      },
    }),
    records(partition, records) {
      append(partition, {
        records: records.map(({ position, data }) => {
          const { key, number }: Numbered = JSON.parse(Buffer.from(data).toString())
          return [position, key, number]
        }),
      })
    },
  }
}

/** Reads what has come since, each time. */
export function followGiven(path: string): () => Promise<Entry[]> {
  let offset = 0
  return async () => {
    await using file = await open(path)
    const { size } = await file.stat()
    const bytes = Buffer.alloc(size - offset)
    await file.read(bytes, 0, bytes.length, offset)
    const end = bytes.lastIndexOf('\n') + 1
    offset += end
    return bytes.subarray(0, end).toString().split('\n').flatMap(entryOf)
  }
}

function entryOf(line: string): Entry[] {
  try {
    return line === '' ? [] : [JSON.parse(line)]
  } catch {
    return [] // cut by a kill: the batch was not done
  }
}
