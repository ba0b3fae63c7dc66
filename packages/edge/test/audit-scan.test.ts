import { gunzipSync, gzipSync } from 'node:zlib'
import { S3Client } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { encodeObject } from '../src/audit/object.ts'
import { lineOf } from '../src/audit/record.ts'
import { scanObject } from '../src/audit/scan.ts'
import { type FakeS3Options, fakeS3 } from './fake-s3.ts'

const mebibyte = 1_048_576
const time = '2026-01-22T09:30:00.000Z'
const position = { hour: '2026/01/22/09', chainId: 'c'.repeat(32), sequence: 0 }

const lines = ['a', 'b', 'c'].map((letter) => {
  const trackingId = letter.repeat(32)
  const entry = {
    trackingId,
    outcome: 'processed' as const,
    previousTrackingIds: [],
    sourceNode: 'source',
    messageType: 'order',
    attributes: {},
  }
  return { trackingId, text: lineOf(entry, time, 'orders') }
})
const object = encodeObject(lines, position, null, time)

/** An object in a bucket, and how it is read there. */
function stored(body: Buffer, options: FakeS3Options = {}) {
  const s3 = fakeS3(undefined, options)
  s3.objects.set('key', body)
  const store = { client: new S3Client(s3.config), bucket: 'audit', prefix: '' }
  return { s3, scan: () => scanObject(store, 'key', { pick: ({ trackingId }) => trackingId < 'c' }) }
}

it('reads an object, its hash as it is stored, and the records that are asked for', async () => {
  const { scan } = stored(object.body, { chunk: 50 })
  const { picked, ...rest } = await scan()
  expect(rest).toEqual({ hash: object.hash, header: expect.objectContaining(position), marks: expect.any(Array) })
  expect(rest.header?.records).toEqual(rest.marks)
  expect(picked.map(({ trackingId }) => trackingId)).toEqual(['a'.repeat(32), 'b'.repeat(32)])
})

it('reads again what breaks off on the way, and has each record once', async () => {
  const whole = await stored(object.body).scan()
  const { s3, scan } = stored(object.body, { chunk: 250, read: (read) => (read < 2 ? 'broken off' : undefined) })
  expect(await scan()).toEqual(whole)
  expect(s3.reads()).toBe(3)
})

it('throws what keeps breaking off: that is no fault of the object', async () => {
  const { s3, scan } = stored(object.body, { chunk: 50, read: () => 'broken off' })
  await expect(scan()).rejects.toThrow('aborted')
  expect(s3.reads()).toBe(4)
})

it.each([
  ['is cut short', object.body.subarray(0, -9), 'it cannot be read: unexpected end of file'],
  ['is not gzip', Buffer.from('nothing'), 'it cannot be read: incorrect header check'],
  ['is empty', gzipSync(''), 'it is empty'],
  ['has no header', gzipSync('{}\n'), 'its first line is no header'],
  ['has a line that is no record', gzipSync(`${gunzipSync(object.body)}{}\n`), 'its line 5 is no record'],
  ['has a line without an end', gzipSync(Buffer.alloc(2 * mebibyte, 'x')), 'it has a line of more than 1 MiB'],
])('says of one that %s that it does', async (_what, body, fault) => {
  for (const chunk of [7, mebibyte]) expect((await stored(body, { chunk }).scan()).fault).toBe(fault)
})

it.each([
  ['a zero', Buffer.alloc(1)],
  ['zeros', Buffer.alloc(mebibyte)],
  ['a zero and then anything', Buffer.concat([Buffer.alloc(1), Buffer.alloc(mebibyte, 1)])],
])('does not take %s after its end for nothing', async (_what, more) => {
  const body = Buffer.concat([object.body, more])
  for (const chunk of [object.body.length, object.body.length + 1, 2 * mebibyte]) {
    const { hash, fault } = await stored(body, { chunk }).scan()
    expect(fault).toMatch(/^it goes on after its end$|incorrect header check/)
    expect(hash).not.toBe(object.hash)
  }
})

it.each([
  [403, 'InvalidObjectState'],
  [400, 'InvalidRequest'],
  [403, 'AccessDenied'],
  [400, 'KMS.DisabledException'],
])('says of one that S3 does not hand out why: %i %s', async (status, code) => {
  const { scan } = stored(object.body, { read: () => ({ status, code }) })
  expect(await scan()).toEqual({
    marks: [],
    picked: [],
    fault: `S3 does not hand it out: ${code}: ${code} on purpose`,
    refusal: expect.objectContaining({ name: code }),
  })
})

it.each([
  [503, 'SlowDown'],
  [400, 'ExpiredToken'],
  [404, 'NoSuchBucket'],
])('throws what is not about the object: %i %s', async (status, code) => {
  await expect(stored(object.body, { read: () => ({ status, code }) }).scan()).rejects.toThrow(`${code} on purpose`)
})
