import {
  type _Object,
  HeadObjectCommand,
  ListObjectsV2Command,
  type ListObjectsV2CommandOutput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  NotFound,
  type ObjectVersion,
} from '@aws-sdk/client-s3'
import { persistently } from '../persistently.ts'
import type { Partition } from '../source.ts'
import { SourceError } from '../source-error.ts'
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
  return { id, after: [], key, etag: bare, ...(version !== undefined && { versionId: version }), size, modified }
}

/** The objects under a prefix in the order of their keys, a page at a time. */
export async function* objectsUnder(bucket: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<S3Object> {
  let ContinuationToken: string | undefined
  do {
    const page: ListObjectsV2CommandOutput = await listed(bucket, signal, () =>
      bucket.client.send(new ListObjectsV2Command({ ...named(bucket), Prefix: prefix, ContinuationToken }), {
        abortSignal: signal,
      }),
    )
    for (const object of page.Contents ?? []) yield objectOf(factsOf(object))
    ContinuationToken = page.NextContinuationToken
  } while (ContinuationToken !== undefined)
}

/** The same of a bucket that keeps versions: the present version of each. */
export async function* versionsUnder(bucket: Bucket, prefix: string, signal: AbortSignal): AsyncGenerator<S3Object> {
  let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {}
  let truncated: boolean | undefined
  do {
    const page: ListObjectVersionsCommandOutput = await listed(bucket, signal, () =>
      bucket.client.send(new ListObjectVersionsCommand({ ...named(bucket), Prefix: prefix, ...from }), {
        abortSignal: signal,
      }),
    )
    for (const version of page.Versions ?? []) {
      if (version.IsLatest) yield objectOf({ ...factsOf(version), versionId: version.VersionId })
    }
    from = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker }
    truncated = page.IsTruncated
  } while (truncated)
}

/** The object of an id, if it is there and still the same. */
export async function findObject(
  bucket: Bucket,
  id: string,
  versions: boolean,
  abortSignal: AbortSignal,
): Promise<S3Object | undefined> {
  const space = id.lastIndexOf(' ')
  const [key, version] = [id.slice(0, space), id.slice(space + 1)]
  const head = new HeadObjectCommand({ ...named(bucket), Key: key, ...(versions && { VersionId: version }) })
  const failure = (error: unknown) => s3Error(bucket.bucket, `object ${key}`, error)
  try {
    const answer = await persistently({ patience: bucket.patience, signal: abortSignal, failure }, () =>
      bucket.client.send(head, { abortSignal }),
    )
    const { ETag = '', VersionId, ContentLength = 0, LastModified = new Date() } = answer
    const facts = { key, etag: ETag, size: ContentLength, modified: LastModified }
    const object = objectOf({ ...facts, versionId: versions ? VersionId : undefined })
    return object.id === id ? object : undefined
  } catch (error) {
    if (error instanceof SourceError && error.cause instanceof NotFound) return undefined
    throw error
  }
}

function listed<Page>({ bucket, patience }: Bucket, signal: AbortSignal, ask: () => Promise<Page>): Promise<Page> {
  return persistently({ patience, signal, failure: (error) => s3Error(bucket, 'objects', error) }, ask)
}

function factsOf({ Key = '', ETag = '', Size = 0, LastModified = new Date() }: _Object | ObjectVersion): ObjectFacts {
  return { key: Key, etag: ETag, size: Size, modified: LastModified }
}
