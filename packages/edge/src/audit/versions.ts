import { ListObjectVersionsCommand } from '@aws-sdk/client-s3'
import { listedKey } from '../listed-key.ts'
import { bucketOf, type Store } from './store.ts'

/** A version of an object, or a delete marker. */
interface Version {
  readonly key: string
  readonly version: string | undefined
  readonly isMarker: boolean
  readonly isLatest: boolean
  /** In milliseconds since 1970, by S3's clock. */
  readonly stored: number
}

/** Where a list goes on: after a key, or after a version of it. */
export interface Marker {
  readonly key: string
  readonly version?: string | undefined
}

export interface VersionsPage {
  /** By key, and those of a key with the newest version first, after its delete markers. */
  readonly versions: readonly Version[]
  /** Where the next page begins, if there is one. */
  readonly next: Marker | undefined
}

/** A page of what has ever been under a prefix. */
export async function listVersions(
  store: Store,
  prefix: string,
  { after, most }: { after?: Marker | undefined; most?: number },
): Promise<VersionsPage> {
  const { Versions, DeleteMarkers, ...page } = await store.client.send(
    new ListObjectVersionsCommand({
      ...bucketOf(store),
      Prefix: prefix,
      // XML cannot hold every character that a key can, and a stranger's key must not hide the others.
      EncodingType: 'url',
      ...(after && { KeyMarker: after.key }),
      ...(after?.version !== undefined && { VersionIdMarker: after.version }),
      ...(most !== undefined && { MaxKeys: most }),
    }),
  )
  const listed = (items: typeof Versions | typeof DeleteMarkers, isMarker: boolean) =>
    (items ?? []).map(({ Key, VersionId, IsLatest, LastModified }) => ({
      key: listedKey(Key, page),
      version: VersionId,
      isMarker,
      isLatest: IsLatest === true,
      stored: LastModified?.getTime() ?? 0,
    }))
  // S3 lists both together, and the SDK takes them apart.
  const versions = [...listed(DeleteMarkers, true), ...listed(Versions, false)].sort(byKey)
  const next = page.IsTruncated
    ? { key: listedKey(page.NextKeyMarker, page), version: page.NextVersionIdMarker }
    : undefined
  return { versions, next }
}

function byKey(a: Version, b: Version): number {
  return a.key < b.key ? -1 : Number(a.key > b.key)
}
