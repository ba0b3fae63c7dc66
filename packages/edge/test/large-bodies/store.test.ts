import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { createLargeBodies, LargeBodyError } from '../../src/index.ts'
import { type FakeS3, fakeS3, type S3Fault, type S3Request } from './fake-s3.ts'

/** Bytes that gzip makes nothing smaller of: three parts of an upload. */
const threeParts = randomBytes(12_000_000)

async function errorOf(storing: Promise<unknown>): Promise<LargeBodyError> {
  const error = await storing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof LargeBodyError) return error
  return expect.fail(`expected a LargeBodyError, got ${error}`)
}

function expectNothingLeft({ objects, uploads }: FakeS3) {
  expect(objects.size).toBe(0)
  expect(uploads.size).toBe(0)
}

describe('storing a body', () => {
  it('compresses it into an object, and says its key, lengths and hash', async () => {
    const s3 = fakeS3()
    const body = 'ü'.repeat(100_000)
    const { key, ...reference } = await s3.bodies().store(body)
    const [[storedKey, stored] = ['', Buffer.alloc(0)]] = s3.objects
    expect(storedKey).toBe(key)
    expect(gunzipSync(stored).toString()).toBe(body)
    expect(reference).toEqual({
      sha256: createHash('sha256').update(stored).digest('hex'),
      length: stored.length,
      expandedLength: 200_000,
      bucket: 'orders-bodies',
    })
    expect(stored.length).toBeLessThan(1_000)
  })

  it('gives each a name that nobody can guess, so that storing again changes nothing that a message refers to', async () => {
    const s3 = fakeS3()
    const bodies = s3.bodies()
    const [first, second] = [await bodies.store('the same'), await bodies.store('the same')]
    for (const { key } of [first, second]) expect(key).toMatch(/^orders\/[0-9a-f-]{36}$/)
    expect(first.key).not.toBe(second.key)
    expect(first.sha256).toBe(second.sha256)
  })

  it.each([
    ['bytes', threeParts],
    ['a stream', Readable.from([threeParts.subarray(0, 7), threeParts.subarray(7)])],
  ])('stores %s of more than one part', async (_, body) => {
    const s3 = fakeS3()
    const { key, length, expandedLength } = await s3.bodies().store(body)
    expect(s3.requests.map(({ operation }) => operation).sort()).toEqual([
      'Complete',
      'Create',
      'UploadPart',
      'UploadPart',
      'UploadPart',
    ])
    const stored = s3.objects.get(key) ?? Buffer.alloc(0)
    expect(gunzipSync(stored).equals(threeParts)).toBe(true)
    expect({ length, expandedLength }).toEqual({ length: stored.length, expandedLength: threeParts.length })
  })

  it('stores parts as they are, also one that takes long', async () => {
    let parts = 0
    const s3 = fakeS3({
      ofRequest: ({ operation }) => (operation === 'UploadPart' && parts++ === 0 ? sleep(1_500, undefined) : undefined),
    })
    const { key } = await s3.bodies().store(threeParts)
    expect(gunzipSync(s3.objects.get(key) ?? '').equals(threeParts)).toBe(true)
  })

  it.each([262_100, 262_144, 400_000, 3_000_000, 5_240_000])('stores %i bytes in one request', async (size) => {
    const s3 = fakeS3()
    const body = threeParts.subarray(0, size)
    const { key } = await s3.bodies().store(body)
    expect(s3.requests.map(({ operation }) => operation)).toEqual(['PutObject'])
    expect(gunzipSync(s3.objects.get(key) ?? '').equals(body)).toBe(true)
  })

  it('names the owner of the bucket in each request, and the key to encrypt with in each that begins an object', async () => {
    const kmsKeyId = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'
    const s3 = fakeS3({ ofRequest: ({ operation }) => (operation === 'Complete' ? denied : undefined) })
    const bodies = s3.bodies({ kmsKeyId })
    await bodies.store('small')
    await errorOf(bodies.store(threeParts))
    expect(s3.requests.map(({ operation }) => operation)).toContain('Abort')
    for (const { operation, headers } of s3.requests) {
      expect(headers['x-amz-expected-bucket-owner']).toBe('111111111111')
      if (operation !== 'PutObject' && operation !== 'Create') continue
      expect(headers).toMatchObject({
        'x-amz-server-side-encryption': 'aws:kms',
        'x-amz-server-side-encryption-aws-kms-key-id': kmsKeyId,
      })
    }
  })

  it('leaves the encryption to the bucket where no key is given', async () => {
    const s3 = fakeS3()
    await s3.bodies().store('small')
    expect(Object.keys(s3.requests[0]?.headers ?? {}).join()).not.toContain('server-side-encryption')
  })
})

const denied: S3Fault = { status: 403, code: 'AccessDenied' }
const only =
  (operation: S3Request['operation'], fault: S3Fault) =>
  (request: S3Request): S3Fault | undefined =>
    request.operation === operation ? fault : undefined

describe('what cannot be stored leaves nothing behind:', () => {
  it.each([
    ['an empty body', '', {}, 'empty'],
    ['an empty stream', Readable.from([]), {}, 'empty'],
    ['a stream of text', Readable.from(['text']) as AsyncIterable<never>, {}, 'gave no bytes'],
    ['more than it may be', threeParts, { maxExpandedBytes: 11_999_999 }, 'more than the 11999999 bytes'],
    ['more than may be stored', threeParts, { maxBytes: 10_000_000 }, 'more than the 10000000 compressed bytes'],
  ])('%s', async (_, body, options, words) => {
    const s3 = fakeS3()
    const error = await errorOf(s3.bodies(options).store(body))
    expect(error.message).toMatch(/^A large body cannot be stored: [^.:]*\.$/)
    expect(error.message).toContain(words)
    expect(error.retryable).toBe(false)
    expectNothingLeft(s3)
  })

  it('a stream that fails in the middle', async () => {
    const s3 = fakeS3()
    async function* failing() {
      yield threeParts
      throw new Error('disk gone')
    }
    expect((await errorOf(s3.bodies().store(failing()))).message).toContain('its source failed: Error: disk gone')
    expectNothingLeft(s3)
  })

  it.each(['Create', 'UploadPart', 'Complete', 'PutObject'] as const)('a refused %s', async (operation) => {
    const s3 = fakeS3({ ofRequest: only(operation, denied) })
    const error = await errorOf(s3.bodies().store(operation === 'PutObject' ? 'small' : threeParts))
    expect(error.message).toContain('S3 denied it in orders-bodies')
    expect(error.message).toContain('s3:PutObject')
    expect(error.retryable).toBe(false)
    expectNothingLeft(s3)
  })

  it('an upload that is aborted while a part does not get through', { timeout: 5_000 }, async () => {
    const aborter = new AbortController()
    const s3 = fakeS3({
      async ofRequest({ operation }) {
        if (operation !== 'UploadPart') return undefined
        await setImmediate()
        aborter.abort()
        return new Promise<never>(() => {})
      },
    })
    const error = await errorOf(s3.bodies().store(threeParts, { signal: aborter.signal }))
    expect(error).toMatchObject({ retryable: true, fault: 'it was aborted' })
    expectNothingLeft(s3)
  })

  it('an upload that is aborted, as far as S3 answers within a second', { timeout: 5_000 }, async () => {
    const aborter = new AbortController()
    const s3 = fakeS3({
      ofRequest({ operation }) {
        if (operation === 'Create') return undefined
        if (operation === 'UploadPart') aborter.abort()
        return new Promise<never>(() => {})
      },
    })
    const error = await errorOf(s3.bodies().store(threeParts, { signal: aborter.signal }))
    expect(error).toMatchObject({ retryable: true, fault: 'it was aborted' })
    expect(s3.requests.at(-1)?.operation).toBe('Abort')
  })

  it('a stream that fails while a part does not get through, which is cut', { timeout: 5_000 }, async () => {
    const s3 = fakeS3({ ofRequest: ({ operation }) => (operation === 'UploadPart' ? never : undefined) })
    async function* failing() {
      yield threeParts.subarray(0, 6_000_000)
      throw new Error('disk gone')
    }
    expect((await errorOf(s3.bodies().store(failing()))).message).toContain('disk gone')
    expect(s3.requests.find(({ operation }) => operation === 'UploadPart')?.signal?.aborted).toBe(true)
    expectNothingLeft(s3)
  })

  it.each([0, 1, 6_000_000, 12_000_000])(
    'an upload that is aborted while its source gives nothing after %d bytes',
    { timeout: 5_000 },
    async (bytes) => {
      const s3 = fakeS3()
      const error = await errorOf(s3.bodies().store(stallingAfter(bytes), { signal: AbortSignal.timeout(300) }))
      expect(error).toMatchObject({ retryable: true, fault: 'it was aborted' })
      expectNothingLeft(s3)
    },
  )

  it('a refused part, at once, while its source gives nothing', { timeout: 5_000 }, async () => {
    const s3 = fakeS3({ ofRequest: only('UploadPart', denied) })
    expect((await errorOf(s3.bodies().store(stallingAfter(6_000_000)))).message).toContain('S3 denied it')
    expectNothingLeft(s3)
  })
})

const never = new Promise<never>(() => {})

async function* stallingAfter(bytes: number) {
  if (bytes > 0) yield randomBytes(bytes)
  await new Promise<never>(() => {})
}

describe('a failure of S3', () => {
  it.each([
    ['a server error', { status: 500, code: 'InternalError' }, true],
    ['throttling', { status: 503, code: 'SlowDown' }, true],
    ['a connection that broke', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), true],
    ['a bucket that is not there', { status: 404, code: 'NoSuchBucket' }, false],
    ['a key that is disabled', { status: 400, code: 'KMS.DisabledException' }, false],
    ["another account's bucket", denied, false],
  ])('may pass or not: %s', async (_, fault, retryable) => {
    const s3 = fakeS3({ ofRequest: () => fault })
    const error = await errorOf(s3.bodies().store('body'))
    expect(error.retryable).toBe(retryable)
    expect(error.message).toMatch(/^A large body cannot be stored: .*[^.]\.$/)
    expect(error.cause).toBeInstanceOf(Error)
  })
})

describe('createLargeBodies', () => {
  const options = { bucket: 'orders-bodies', prefix: 'orders/', bucketOwner: '111111111111' }

  it.each([
    ['bucket', { bucket: 'arn:aws:s3:::orders' }],
    ['prefix', { prefix: '' }],
    ['prefix', { prefix: 'orders' }],
    ['prefix', { prefix: '/orders/' }],
    ['prefix', { prefix: 'orders/../' }],
    ['bucketOwner', { bucketOwner: '1111' }],
    ['bucketOwner', { bucketOwner: undefined }],
    ['maxBytes', { maxBytes: 0 }],
    ['maxBytes', { maxBytes: 60_000_000_000 }],
    ['client', { client: 'eu-west-1' }],
    ['owner', { owner: '111111111111' }],
  ])('refuses a wrong %s: %o', (name, wrong) => {
    expect(() => createLargeBodies({ ...options, ...wrong } as never)).toThrow(`createLargeBodies: ${name}`)
  })
})
