import { describe, expect, it } from 'vitest'
import { objectsIn } from '../../src/index.ts'

const scope = { bucket: 'partner-exports', prefix: 'orders/', versions: true }
const [key, time] = ['orders/1', '2026-11-22T10:00:00.000Z']

const fromS3 = (eventName: string, object: object) =>
  JSON.stringify({
    Records: [{ eventName, eventTime: time, s3: { bucket: { name: scope.bucket }, object: { key, ...object } } }],
  })
const fromEventBridge = (type: string, object: object) =>
  JSON.stringify({
    source: 'aws.s3',
    'detail-type': type,
    time,
    detail: { bucket: { name: scope.bucket }, object: { key, ...object } },
  })

describe('A notification of an object that was created', () => {
  it.each([
    ['S3', fromS3('ObjectCreated:Put', { size: 0, eTag: 'e', versionId: 'v' }), 'orders/1 v'],
    [
      'S3, of a bucket that keeps no versions',
      fromS3('ObjectCreated:Put', { size: 0, eTag: 'e', versionId: null }),
      'orders/1 e',
    ],
    ['EventBridge', fromEventBridge('Object Created', { size: 0, etag: 'e' }), 'orders/1 e'],
  ])('from %s says which', (_, body, id) => {
    expect(objectsIn(body, scope)).toMatchObject([{ id, size: 0, etag: 'e' }])
  })

  it.each([
    ['S3 without its size', fromS3('ObjectCreated:Put', { eTag: 'e', versionId: 'v' })],
    ['S3 without its ETag', fromS3('ObjectCreated:Put', { size: 7, versionId: 'v' })],
    ['S3 with an empty ETag', fromS3('ObjectCreated:Put', { size: 7, eTag: '' })],
    ['EventBridge without its size', fromEventBridge('Object Created', { etag: 'e' })],
    ['EventBridge without its ETag', fromEventBridge('Object Created', { size: 7 })],
  ])('from %s is none, and no empty object', (_, body) => {
    expect(objectsIn(body, scope)).toBeUndefined()
  })
})

it.each([fromS3('ObjectRemoved:Delete', {}), fromEventBridge('Object Deleted', { etag: 'e' })])(
  'A notification that something was deleted names no object: %s',
  (body) => {
    expect(objectsIn(body, scope)).toEqual([])
  },
)
