import type { Store } from './store.ts'
import { listVersions, type Marker } from './versions.ts'

/** A key of a bucket, and what has been under it. */
export interface Entry {
  readonly key: string
  /** How many versions there are, delete markers among them. A writer makes one, and Object Lock keeps them all. */
  readonly versions: number
  /** A delete marker hides the object. */
  readonly deleted: boolean
  /** The version that was written first. */
  readonly firstVersion: string | undefined
  /** When that was stored, in milliseconds since 1970, by S3's clock. */
  readonly stored: number
}

/** Every key that begins with a prefix, in order; those after `after`, where that is given. */
export async function* entriesUnder(store: Store, prefix: string, after?: string): AsyncGenerator<Entry> {
  let entry: Entry | undefined
  let from: Marker | undefined = after === undefined ? undefined : { key: after }
  do {
    const page = await listVersions(store, prefix, { after: from })
    for (const { key, version, isMarker, isLatest, stored } of page.versions) {
      if (entry !== undefined && entry.key !== key) yield entry
      const before: Entry | undefined = entry?.key === key ? entry : undefined
      entry = {
        key,
        versions: (before?.versions ?? 0) + 1,
        deleted: before?.deleted || (isMarker && isLatest),
        firstVersion: isMarker ? before?.firstVersion : version,
        stored: Math.min(before?.stored ?? Number.POSITIVE_INFINITY, stored),
      }
    }
    from = page.next
  } while (from !== undefined)
  if (entry !== undefined) yield entry
}
