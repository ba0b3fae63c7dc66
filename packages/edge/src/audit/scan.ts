import { createHash } from 'node:crypto'
import { createGunzip } from 'node:zlib'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { through } from '../large-bodies/through.ts'
import { type Header, headerOf, markOf, mostRecords, type RecordMark } from './object.ts'
import { readAgain } from './read-again.ts'
import { type AuditRecord, recordOf } from './record.ts'
import { refusalOf } from './refusal.ts'
import { bucketOf, type Store } from './store.ts'

/** What is in an object of records. */
export interface Scan {
  /**
   * SHA-256 of the object as it is stored; of what was read of it, where `fault` says that not all was. None when S3 does
   * not hand it out.
   */
  readonly hash?: string
  readonly header?: Header
  /** The records that are there, as a header would have them. */
  readonly marks: readonly RecordMark[]
  /** Those of the records that were asked for. */
  readonly picked: readonly AuditRecord[]
  /** Why it is no object that a writer made: `its line 3 is no record`. */
  readonly fault?: string
  /** What S3 has answered, when the fault is that it does not hand the object out. */
  readonly refusal?: unknown
}

interface ScanOptions {
  /** Of an object that was overwritten or deleted, which version. Default: the current one. */
  readonly version?: string | undefined
  /** Which records are asked for. Default: none. */
  readonly pick?: (record: AuditRecord) => boolean
}

/** Our writers make none that are longer; a stranger's must not fill the memory. */
const mostLineBytes = 1_048_576

/**
 * Reads an object as a stream: its lines one at a time, and of the rest only its hash and its marks are kept. Only what
 * is wrong with the object itself is its fault: what breaks on the way is read again, and thrown when that does not help.
 */
export async function scanObject(store: Store, key: string, options: ScanOptions = {}): Promise<Scan> {
  try {
    return await readAgain(() => scanOnce(store, key, options))
  } catch (error) {
    // Whoever may store one such object must not end the audit of all others.
    const fault = refusalOf(error)
    if (fault === undefined) throw error
    return { marks: [], picked: [], fault, refusal: error }
  }
}

async function scanOnce(store: Store, key: string, { version, pick = () => false }: ScanOptions): Promise<Scan> {
  const command = new GetObjectCommand({ ...bucketOf(store), Key: key, ...(version && { VersionId: version }) })
  const { Body } = await store.client.send(command)
  const sha256 = createHash('sha256')
  const gunzip = createGunzip()
  const marks: RecordMark[] = []
  const picked: AuditRecord[] = []
  let header: Header | undefined
  let fault: string | undefined
  let bytes = 0

  async function* stored(): AsyncGenerator<Buffer> {
    for await (const chunk of Body as AsyncIterable<Buffer>) {
      sha256.update(chunk)
      bytes += chunk.length
      yield chunk
      if (gunzip.readableEnded) return
    }
  }

  try {
    for await (const line of linesOf(through(stored(), gunzip))) {
      const text = line.toString('utf8')
      if (header === undefined) {
        header = headerOf(text)
        if (header === undefined) throw new ObjectFault('its first line is no header')
        continue
      }
      const record = recordOf(text)
      if (record === undefined) fault ??= `its line ${marks.length + 2} is no record`
      else if (pick(record)) picked.push(record)
      marks.push([record?.trackingId ?? '', markOf(line)])
      if (marks.length > mostRecords) throw new ObjectFault(`it has more than ${mostRecords} records`)
    }
    if (header === undefined) fault = 'it is empty'
    // Gunzip takes zeros after the end for padding, and leaves off there.
    if (gunzip.bytesWritten < bytes) fault = 'it goes on after its end'
  } catch (error) {
    fault = faultOf(error)
  }
  return { hash: sha256.digest('hex'), marks, picked, ...(header && { header }), ...(fault !== undefined && { fault }) }
}

/** What no writer of ours makes. */
class ObjectFault extends Error {}

/** Why an object cannot be read, when it is the object's own fault. */
function faultOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  if (error instanceof ObjectFault) return message
  if (code?.startsWith('Z_')) return `it cannot be read: ${message}`
  throw error
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
    if (rest.length > mostLineBytes) throw new ObjectFault('it has a line of more than 1 MiB')
  }
  if (rest.length > 0) yield rest
}
