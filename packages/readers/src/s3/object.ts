import {
  type _Object,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  type ObjectVersion,
} from '@aws-sdk/client-s3'
import { listedKey } from '@causeway-aws/edge'
import { persistently } from '../persistently.ts'
import type { Partition } from '../source.ts'
import { type Bucket, named } from './bucket.ts'
import { s3Error } from './error.ts'

/** What is under a key of a bucket, until something else is. */
export interface S3Object extends Partition {
  readonly key: string
  /** Without the quotes around it. */
  readonly etag: string
  /** Missing where the bucket keeps none, or is not asked for them. */
  readonly versionId?: string
  /** As it is stored, in bytes. */
  readonly size: number
  readonly modified: Date
}

/** What S3 says of an object, wherever it says it. */
export interface ObjectFacts {
  readonly key: string
  readonly etag: string
  readonly versionId?: string | undefined
  readonly size: number
  readonly modified: Date
}

/** An object by what names it for ever: its key, and its version or, where there is none, its ETag. */
export function objectOf({ key, etag, versionId, size, modified }: ObjectFacts): S3Object {
  const bare = etag.replaceAll('"', '')
  // The version "null" is written over, as what has none.
  const version = versionId === undefined || versionId === 'null' ? undefined : versionId
  const id = `${key} ${version ?? bare}`
  return {
    id,
    after: [],
    of: key,
    key,
    etag: bare,
    ...(version !== undefined && { versionId: version }),
    size,
    modified,
  }
}

/** The objects under a prefix in the order of their keys, a page at a time. */
export async function* objectsUnder(bucket: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<S3Object> {
  let ContinuationToken: string | undefined
  do {
    const page: ListObjectsV2CommandOutput = await listed(bucket, signal, () =>
      bucket.client.send(new ListObjectsV2Command({ ...asked(bucket, prefix), ContinuationToken }), {
        abortSignal: signal,
      }),
    )
    for (const object of page.Contents ?? []) yield objectOf(factsOf(object, page))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
}

/** The same of a bucket that keeps versions: the present version of each. */
export async function* versionsUnder(bucket: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<S3Object> {
  for await (const { object, isLatest } of allVersions(bucket, prefix, signal)) if (isLatest) yield object
}

interface Version {
  readonly object: S3Object
  readonly isLatest: boolean
}

async function* allVersions(bucket: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<Version> {
  let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
  let truncated: boolean | undefined
  do {
    const page: ListObjectVersionsCommandOutput = await listed(bucket, signal, () =>
      bucket.client.send(new ListObjectVersionsCommand({ ...asked(bucket, prefix), ...from }), {
        abortSignal: signal,
      }),
    )
    for (const version of page.Versions ?? []) {
      const object = objectOf({ ...factsOf(version, page), versionId: version.VersionId })
      yield { object, isLatest: version.IsLatest === true }
    }
    const KeyMarker = page.NextKeyMarker === undefined ? undefined : listedKey(page.NextKeyMarker, page)
    from = { KeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    truncated = page.IsTruncated
  } while (truncated)
}

/** What is under a key now, if something is. */
export async function objectAt(bucket: Bucket, key: string, signal: AbortSignal): Promise<S3Object | undefined> {
  const command = new ListObjectsV2Command({ ...asked(bucket, key), MaxKeys: 1 })
  const page = await listed(bucket, signal, () => bucket.client.send(command, { abortSignal: signal }))
  const first = page.Contents?.[0]
  const object = first && objectOf(factsOf(first, page))
  return object?.key === key ? object : undefined
}

/** The object of an id, if something is under its key. If that is another by now, reading it says so. */
export async function objectBy(bucket: Bucket, id: string, signal: AbortSignal): Promise<S3Object | undefined> {
  const { key, version: etag } = partsOf(id)
  const present = await objectAt(bucket, key, signal)
  return present && (present.id === id ? present : objectOf({ ...present, etag, size: Number.MAX_SAFE_INTEGER }))
}

/** The version of an id, if it is there. */
export async function versionBy(bucket: Bucket, id: string, signal: AbortSignal): Promise<S3Object | undefined> {
  const { key } = partsOf(id)
  for await (const { object } of allVersions(bucket, key, signal)) {
    if (object.key !== key) return undefined // there may be any number that begin with it
    if (object.id === id) return object
  }
  return undefined
}

/** A key may have spaces; what follows it has none. */
function partsOf(id: string): { key: string; version: string } {
  const end = id.lastIndexOf(' ')
  return { key: id.slice(0, end), version: id.slice(end + 1) }
}

function listed<Page>({ bucket, patience }: Bucket, signal: AbortSignal, ask: () => Promise<Page>): Promise<Page> {
  return persistently({ patience, signal, failure: (error) => s3Error(bucket, 'objects', error) }, ask)
}

/** What is asked for of a list. XML has no way to say some characters that a key may hold, and another for some. */
const asked = (bucket: Bucket, Prefix: string) => ({ ...named(bucket), Prefix, EncodingType: 'url' as const })

function factsOf(
  { Key, ETag = '', Size = 0, LastModified = new Date() }: _Object | ObjectVersion,
  page: ListObjectsV2CommandOutput | ListObjectVersionsCommandOutput,
): ObjectFacts {
  return { key: listedKey(Key, page), etag: ETag, size: Size, modified: LastModified }
}
