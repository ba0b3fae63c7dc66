import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput } from '@aws-sdk/client-s3'
import { bucketOf, type Store } from './store.ts'

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
  let next: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | undefined =
    after === undefined ? {} : { KeyMarker: after }
  while (next !== undefined) {
    const page: ListObjectVersionsCommandOutput = await store.client.send(
      new ListObjectVersionsCommand({ ...bucketOf(store), Prefix: prefix, ...(next as object) }),
    )
    // S3 lists both together, by key and with the newest first; the SDK takes them apart.
    const markers = (page.DeleteMarkers ?? []).map((marker) => ({ ...marker, isMarker: true }))
    const versions = (page.Versions ?? []).map((version) => ({ ...version, isMarker: false }))
    for (const { Key = '', VersionId, IsLatest, LastModified, isMarker } of [...markers, ...versions].sort(byKey)) {
      if (entry !== undefined && entry.key !== Key) yield entry
      const before: Entry | undefined = entry?.key === Key ? entry : undefined
      entry = {
        key: Key,
        versions: (before?.versions ?? 0) + 1,
        deleted: before?.deleted || (isMarker && IsLatest === true),
        firstVersion: isMarker ? before?.firstVersion : VersionId,
        stored: Math.min(before?.stored ?? Number.POSITIVE_INFINITY, LastModified?.getTime() ?? 0),
      }
    }
    next = page.IsTruncated ? { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker } : undefined
  }
  if (entry !== undefined) yield entry
}

function byKey(a: { Key?: string | undefined }, b: { Key?: string | undefined }): number {
  const [first = '', second = ''] = [a.Key, b.Key]
  return first < second ? -1 : Number(first > second)
}
