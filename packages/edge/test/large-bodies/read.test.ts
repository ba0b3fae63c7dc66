import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type BodyReference, LargeBodyError } from '../../src/index.ts'
import { drained, fakeS3, type S3Faults } from './fake-s3.ts'

const body = JSON.stringify({ lines: Array.from({ length: 1_000 }, (_, line) => ({ line, article: `A-${line}` })) })

const referenceTo = (stored: Buffer, expandedLength: number, key = 'orders/name'): BodyReference => ({
  key,
  sha256: createHash('sha256').update(stored).digest('hex'),
  length: stored.length,
  expandedLength,
})

/** What comes of reading a stored body, both as text and as a stream. */
async function refusals(
  stored: Buffer | undefined,
  reference: BodyReference,
  {
    faults = {},
    owner = '111111111111',
    prefix = 'orders/',
  }: { faults?: S3Faults; owner?: string; prefix?: string } = {},
) {
  const s3 = fakeS3(faults)
  if (stored) s3.objects.set(reference.key, stored)
  const bodies = s3.bodies({ bucketOwner: owner, prefix })
  const read = await bodies.read(reference).then(
    () => expect.fail('was read'),
    (thrown: unknown) => thrown,
  )
  const { error: streamed } = await drained(bodies.stream(reference))
  for (const error of [read, streamed]) {
    expect(error).toBeInstanceOf(LargeBodyError)
    expect((error as Error).message).toMatch(/^A large body cannot be read: (?!.*LargeBodyError).*[^.]\.$/)
  }
  expect((read as Error).message).toBe((streamed as Error).message)
  return { error: read as LargeBodyError, requests: s3.requests }
}

describe('a stored body', () => {
  it('is read as it was, whatever text it is', async () => {
    const bodies = fakeS3().bodies()
    const texts = fc.string({ minLength: 1, maxLength: 2_000, unit: 'binary' }).filter((text) => text.isWellFormed())
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        const reference = await bodies.store(text)
        expect(await bodies.read(reference)).toBe(text)
        expect((await drained(bodies.stream(reference))).bytes?.toString()).toBe(text)
      }),
    )
  })

  it('is streamed as it was, whatever bytes it is', async () => {
    const bytes = randomBytes(7_000_000)
    const bodies = fakeS3().bodies()
    const reference = await bodies.store(Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]))
    expect((await drained(bodies.stream(reference))).bytes?.equals(bytes)).toBe(true)
  })

  it('that is no text is refused as one, and as one that is larger than may be text', async () => {
    const bodies = fakeS3().bodies({ maxInlineBytes: 10 })
    await expect(bodies.read(await bodies.store(Buffer.from([0xff])))).rejects.toThrow('not UTF-8')
    const eleven = await bodies.store('12345678901')
    await expect(bodies.read(eleven)).rejects.toThrow('11 bytes are over the limit of 10')
    expect((await drained(bodies.stream(eleven))).bytes?.toString()).toBe('12345678901')
  })

  it("is asked for in the name of its bucket's owner", async () => {
    const s3 = fakeS3()
    const bodies = s3.bodies()
    await bodies.read(await bodies.store(body))
    expect(s3.requests.at(-1)).toMatchObject({
      operation: 'GetObject',
      headers: { 'x-amz-expected-bucket-owner': '111111111111' },
    })
  })

  it('is not read on when its reader stops', async () => {
    const answers: Readable[] = []
    const s3 = fakeS3({
      ofObject(object) {
        answers.push(Readable.from([object]))
        return answers[0] as Readable
      },
    })
    const bodies = s3.bodies()
    for await (const _ of bodies.stream(await bodies.store(randomBytes(1_000_000)))) break
    expect(answers.map(({ destroyed }) => destroyed)).toEqual([true])
  })
})

describe('a body that is not what its reference says never ends:', () => {
  const stored = gzipSync(body)
  const reference = referenceTo(stored, body.length)

  it.each([
    ['truncated', stored.subarray(0, -1), 'fewer bytes than the'],
    ['swapped for another of other length', gzipSync('{}'), 'fewer bytes than the'],
    ['with bytes after it', Buffer.concat([stored, Buffer.from('x')]), 'more bytes than the'],
    ['with one bit turned', turned(stored, stored.length >> 1), /not whole gzip|the hash of its reference/],
    ['with one bit of its header turned, which gzip does not check', turned(stored, 9), 'the hash of its reference'],
    ['not gzip', Buffer.alloc(stored.length, 'x'), /not whole gzip|the hash of its reference/],
  ])('%s', async (_, stored, words) => {
    const { error } = await refusals(stored, reference)
    expect(error.message).toMatch(words)
    expect(error.retryable).toBe(false)
  })

  it('swapped for another of the same length', async () => {
    const [one, other] = [gzipSync('{"to":"1"}'), gzipSync('{"to":"2"}')]
    expect((await refusals(other, referenceTo(one, 10))).error.message).toContain('the hash of its reference')
  })

  it('a bomb, of which no more is expanded than its reference allows and one chunk', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000))
    const { error } = await refusals(bomb, referenceTo(bomb, 100))
    expect(error.message).toContain('it expands to more bytes than the 100 of its reference')
    const s3 = fakeS3()
    s3.objects.set('orders/name', bomb)
    let seen = 0
    const reading = (async () => {
      for await (const chunk of s3.bodies().stream(referenceTo(bomb, 1_000_000))) seen += chunk.length
    })()
    await expect(reading).rejects.toThrow('expands to more')
    expect(seen).toBeLessThanOrEqual(1_000_000)
  })

  it('one that says it is shorter, or longer, than it is when it is expanded', async () => {
    for (const [length, words] of [
      [body.length - 1, 'more bytes than'],
      [body.length + 1, 'fewer bytes than'],
    ] as const) {
      expect((await refusals(stored, referenceTo(stored, length))).error.message).toContain(`expands to ${words}`)
    }
  })

  it('cut in its gzip, with the hash of what is left', async () => {
    const cut = stored.subarray(0, -5)
    expect((await refusals(cut, referenceTo(cut, body.length))).error.message).toContain('not whole gzip')
  })

  it('with bytes after its gzip that come late, with or without the hash of all', async () => {
    const late = Buffer.concat([stored, Buffer.from('late')])
    const faults = { ofObject: () => Readable.from(lateBytes(stored, Buffer.from('late'))) }
    const { error } = await refusals(late, { ...reference, length: late.length }, { faults })
    expect(error.message).toMatch(/hash|gzip/)
  })

  it('with bytes after its gzip that never end, of which no more is read', { timeout: 5_000 }, async () => {
    async function* endless() {
      yield stored
      for (;;) {
        await setImmediate()
        yield Buffer.alloc(1_000)
      }
    }
    const { error } = await refusals(stored, reference, { faults: { ofObject: () => Readable.from(endless()) } })
    expect(error.message).toContain(`more bytes than the ${stored.length} of its reference`)
  })

  it('whatever bit of it is turned', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(stored.length - 1), async (position) => {
        await refusals(turned(stored, position), reference)
      }),
      { numRuns: 30 },
    )
  })
})

describe('no request is made for', () => {
  const reference = referenceTo(Buffer.from('x'), 1)

  it.each([
    ["another edge's key", { key: 'invoices/name' }, 'directly under orders/'],
    ['a key outside the prefix', { key: 'name' }, 'directly under orders/'],
    ['a key that leaves the prefix', { key: 'orders/../invoices/name' }, 'directly under orders/'],
    ['a key that leaves the prefix, encoded', { key: 'orders/%2e%2e%2finvoices' }, 'directly under orders/'],
    [
      'a prefix under the prefix, which may be another edge’s',
      { key: 'orders/private/name' },
      'directly under orders/',
    ],
    ['a prefix that begins like it', { key: 'orders-private/name' }, 'directly under orders/'],
    ['the prefix itself', { key: 'orders/' }, 'directly under orders/'],
    ['a URL', { key: 'https://elsewhere.example/orders/name' }, 'directly under orders/'],
    ['a body that is stored too large', { length: 5_000_000_001 }, '5000000001 stored bytes'],
    ['a body that is too large', { expandedLength: 1024 ** 3 + 1 }, 'over the limit of'],
  ])('%s', async (_, changes, words) => {
    const s3 = fakeS3()
    const { error } = await drained(s3.bodies().stream({ ...reference, ...changes }))
    expect(error).toBeInstanceOf(LargeBodyError)
    expect(String(error)).toContain(words)
    expect((error as LargeBodyError).retryable).toBe(false)
    expect(s3.requests).toEqual([])
  })
})

describe('what S3 refuses or fails on', () => {
  const stored = gzipSync(body)
  const reference = referenceTo(stored, body.length)

  it('says of an object that has expired that it is not there', async () => {
    const { error } = await refusals(undefined, reference)
    expect(error.message).toContain('it has expired or never was')
    expect(error.retryable).toBe(false)
  })

  it("says of another account's bucket, and of a role that may not, all that it may be", async () => {
    const { error } = await refusals(stored, reference, { owner: '222222222222' })
    expect(error.message).toContain("the bucket is not account 222222222222's")
    expect(error.message).toContain('s3:GetObject')
    expect(error.retryable).toBe(false)
  })

  it.each([
    ['a server error', { status: 500, code: 'InternalError' }, true],
    ['throttling', { status: 503, code: 'SlowDown' }, true],
    ['a connection that broke', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), true],
    ['an expired token', { status: 400, code: 'ExpiredToken' }, false],
  ])('says whether it may pass: %s', async (_, fault, retryable) => {
    const { error } = await refusals(stored, reference, { faults: { ofRequest: () => fault } })
    expect(error.retryable).toBe(retryable)
  })

  it('may pass when the answer broke off in the middle', async () => {
    async function* broken() {
      yield stored.subarray(0, 100)
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' }) // as Node's HTTP client has it
    }
    const { error } = await refusals(stored, reference, { faults: { ofObject: () => Readable.from(broken()) } })
    expect(error).toMatchObject({ retryable: true, fault: 'S3 gave no answer to use: the connection broke' })
  })

  it('may pass when it was aborted, which ends the wait for an answer that stalls', { timeout: 5_000 }, async () => {
    const stalling = () => new Readable({ read() {} })
    const s3 = fakeS3({ ofObject: stalling })
    s3.objects.set(reference.key, stored)
    const { error } = await drained(s3.bodies().stream(reference, { signal: AbortSignal.timeout(100) }))
    expect(error).toMatchObject({ fault: 'it was aborted', retryable: true })
  })
})

function turned(bytes: Buffer, position: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[position] = (copy[position] ?? 0) ^ 1
  return copy
}

async function* lateBytes(first: Buffer, second: Buffer) {
  yield first
  await new Promise((resolve) => setTimeout(resolve, 20))
  yield second
}
