import { hash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { AuditStore } from '@causeway-aws/edge/audit'

/** An object of records, taken apart. */
export interface Parts {
  header: { chainId: string; sequence: number; previousHash: string | null; records: [string, string][] }
  lines: string[]
}

export function partsOf(body: Buffer): Parts {
  const [header = '', ...lines] = gunzipSync(body).toString('utf8').split('\n').slice(0, -1)
  return { header: JSON.parse(header), lines }
}

export function bodyOf({ header, lines }: Parts): Buffer {
  return gzipSync([JSON.stringify(header), ...lines, ''].join('\n'))
}

/** An object with other records, by somebody who leaves the header alone. */
export function withLines(body: Buffer, change: (lines: string[]) => string[]): Buffer {
  const { header, lines } = partsOf(body)
  return bodyOf({ header, lines: change(lines) })
}

/** An object with other records, by somebody who knows how an object is made. */
export function forged(body: Buffer, change: (lines: string[]) => string[]): Buffer {
  const { header, lines: before } = partsOf(body)
  const lines = change(before)
  const records = lines.map((line): [string, string] => [
    JSON.parse(line).trackingId,
    hash('sha256', line).slice(0, 16),
  ])
  return bodyOf({ header: { ...header, records }, lines })
}

/** Makes a bucket hold these objects where it held those, as whoever may write and delete can. */
export async function replaceObjects(
  { client, bucket }: AuditStore,
  before: ReadonlyMap<string, Buffer>,
  after: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const gone = [...before.keys()].filter((key) => !after.has(key))
  const changed = [...after].filter(([key, body]) => before.get(key)?.equals(body) !== true)
  await Promise.all([
    ...gone.map((Key) => client.send(new DeleteObjectCommand({ Bucket: bucket, Key }))),
    ...changed.map(([Key, Body]) => client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }))),
  ])
}
