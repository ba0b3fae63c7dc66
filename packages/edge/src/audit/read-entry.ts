import type { Entry } from './entries.ts'
import { type Position, positionOf } from './layout.ts'
import { type Scan, scanObject } from './scan.ts'
import type { Store } from './store.ts'

/** A key under `records/`, and what is there. */
export interface ReadEntry {
  readonly entry: Entry
  /** None when no writer makes such a key; then it was not read. */
  readonly position?: Position
  /** The object as it is now; of a deleted one, as it was. */
  readonly scan?: Scan
  /** Of an object that was overwritten, as it was. */
  readonly original?: Scan
}

export async function readEntry(store: Store, entry: Entry): Promise<ReadEntry> {
  const { key, versions, deleted, firstVersion: version } = entry
  const position = positionOf(store.prefix, key)
  if (position === undefined) return { entry }
  if (deleted && version === undefined) return { entry, position }
  const scan = await scanObject(store, key, deleted ? { version } : {})
  if (deleted || versions === 1) return { entry, position, scan }
  return { entry, position, scan, original: await scanObject(store, key, { version }) }
}
