import { createHash } from 'node:crypto'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { type Header, headerOf, markOf, mostRecords, type RecordMark } from './object.ts'
import { type AuditRecord, recordOf } from './record.ts'
import { bucketOf, type Store } from './store.ts'

/** What is in an object of records. */
export interface Scan {
  /** SHA-256 of the object as it is stored; of what could be read of it, where `fault` says that not all could. */
  readonly hash: string
  readonly header?: Header
  /** The records that are there, as a header would have them. */
  readonly marks: readonly RecordMark[]
  /** Why it is no object that a writer made: `its line 3 is no record`. */
  readonly fault?: string
}

/** Our writers make none that are longer; a stranger's must not fill the memory. */
const mostLineBytes = 1_048_576

/**
 * Reads an object as a stream: its lines one at a time, and of the rest only its hash and its marks are kept.
 *
 * @param version Of an object that was overwritten or deleted, which version. Default: the current one.
 */
export async function scanObject(
  store: Store,
  key: string,
  { version, onRecord }: { version?: string | undefined; onRecord?: (record: AuditRecord) => void } = {},
): Promise<Scan> {
  const command = new GetObjectCommand({ ...bucketOf(store), Key: key, ...(version && { VersionId: version }) })
  const { Body } = await store.client.send(command)
  const sha256 = createHash('sha256')
  const stored = (Body as Readable).on('data', (chunk: Buffer) => sha256.update(chunk))
  const marks: RecordMark[] = []
  let header: Header | undefined
  let fault: string | undefined
  try {
    for await (const line of linesOf(pipeline(stored, createGunzip(), () => {}))) {
      const text = line.toString('utf8')
      if (header === undefined) {
        header = headerOf(text)
        if (header === undefined) fault ??= 'its first line is no header'
        else continue
      }
      const record = recordOf(text)
      if (record === undefined) fault ??= `its line ${marks.length + 2} is no record`
      else onRecord?.(record)
      marks.push([record?.trackingId ?? '', markOf(line)])
      if (marks.length > mostRecords) throw new Error(`it has more than ${mostRecords} records`)
      if (fault !== undefined && header === undefined) break
    }
    if (header === undefined) fault ??= 'it is empty'
  } catch (error) {
    fault = `it cannot be read: ${error instanceof Error ? error.message : error}`
  }
  return { hash: sha256.digest('hex'), marks, ...(header && { header }), ...(fault !== undefined && { fault }) }
}

/** Only a line feed ends a line: Node's readline also takes U+2028, which JSON leaves inside of text, for an end. */
async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of stream) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let start = 0
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10, start)) {
      yield rest.subarray(start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
    if (rest.length > mostLineBytes) throw new Error('it has a line of more than 1 MiB')
  }
  if (rest.length > 0) yield rest
}
