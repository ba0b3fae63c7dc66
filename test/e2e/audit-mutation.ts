import { hash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import type { AuditStore } from '@causeway-aws/edge/audit'
import fc from 'fast-check'

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

/** One change of one object of an audit: `body` is what is there then. */
export interface Mutation {
  what: string
  key: string
  body: Buffer | undefined
}

/** Every kind of change: of bytes, of whole objects, and of records, by who leaves the header alone and by who does not. */
export function anyMutation(objects: ReadonlyMap<string, Buffer>): fc.Arbitrary<Mutation> {
  const bodyAt = (key: string) => objects.get(key) ?? Buffer.of()
  const all = [...objects.keys()]
  const anyKey = fc.constantFrom(...all)
  const anyRecordsKey = fc.constantFrom(...all.filter((key) => key.includes('records/')))
  return fc.oneof(
    fc.record({ key: anyKey, at: fc.nat() }).map(({ key, at }) => ({
      what: 'a bit flipped',
      key,
      body: Buffer.from(bodyAt(key).map((byte, index, { length }) => (index === at % length ? byte ^ 1 : byte))),
    })),
    anyKey.map((key) => ({ what: 'removed', key, body: undefined })),
    fc
      .record({ key: anyKey, other: anyKey })
      .filter(({ key, other }) => key !== other)
      .map(({ key, other }) => ({ what: `replaced by ${other}`, key, body: bodyAt(other) })),
    fc
      .record({ key: anyRecordsKey, how: fc.constantFrom(...changes.keys()), at: fc.nat(), careful: fc.boolean() })
      .map(({ key, how, at, careful }) => {
        const change = (lines: string[]) => changes.get(how)?.(lines, at % lines.length) ?? lines
        const body = careful ? forged(bodyAt(key), change) : withLines(bodyAt(key), change)
        return { what: `a record ${how}${careful ? ', and the header made anew' : ''}`, key, body }
      }),
  )
}

const changes = new Map<string, (lines: string[], at: number) => string[]>([
  ['edited', (lines, at) => lines.map((line, index) => (index === at ? line.replace('"order"', '"invoice"') : line))],
  ['removed', (lines, at) => lines.toSpliced(at, 1)],
  ['duplicated', (lines, at) => lines.toSpliced(at, 0, ...lines.slice(at, at + 1))],
  ['moved', (lines, at) => [...lines.toSpliced(at, 1), ...lines.slice(at, at + 1)].toReversed()],
])
