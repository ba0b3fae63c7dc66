import { hash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditEntry, AuditError, type AuditOptions, createAudit } from '../src/index.ts'
import { type FakeS3, type Fault, fakeS3, linesOf } from './fake-s3.ts'

const start = Date.UTC(2026, 0, 22, 9, 30)
const trackingId = (n: number) => n.toString(16).padStart(32, '0')

const entry = (n: number, fields: Partial<AuditEntry> = {}): AuditEntry => ({
  trackingId: trackingId(n),
  previousTrackingIds: [],
  sourceNode: 'AROAEXAMPLEEXAMPLEEXA',
  sourceSession: 'orders-sender',
  messageType: 'order',
  outcome: 'processed',
  ...fields,
})

const auditIn = (s3: FakeS3, options: Partial<AuditOptions> = {}) =>
  createAudit({
    bucket: 'audit',
    node: 'orders',
    client: s3.config,
    flushAfter: 5,
    backoff: () => 0,
    clock: { now: () => start },
    ...options,
  })

/** The objects of a bucket in the order in which they were stored, as they are under their keys. */
const stored = ({ objects }: FakeS3) => [...objects].map(([key, object]) => ({ key, object, lines: linesOf(object) }))
const trackingIdsOf = (lines: Record<string, unknown>[]) => lines.slice(1).map((line) => line.trackingId)

describe('what is stored', () => {
  it('is one object for what is written within the window, under the hour and the chain, a header and a line each', async () => {
    const s3 = fakeS3()
    const audit = auditIn(s3, { prefix: 'node=orders/' })
    await Promise.all([audit.write(entry(1)), audit.write(entry(2, { attributes: { attempts: 2 } }))])
    const [{ key = '', lines = [] } = {}] = stored(s3)
    expect(key).toMatch(/^node=orders\/records\/2026\/01\/22\/09\/[0-9a-f]{32}\/000000000000\.ndjson\.gz$/)
    expect(lines).toEqual([
      {
        format: 'causeway-audit-1',
        hour: '2026/01/22/09',
        chainId: key.split('/')[6],
        sequence: 0,
        previousHash: null,
        datetime: '2026-01-22T09:30:00.000Z',
        records: [
          [trackingId(1), hash('sha256', JSON.stringify(lines[1])).slice(0, 16)],
          [trackingId(2), hash('sha256', JSON.stringify(lines[2])).slice(0, 16)],
        ],
      },
      { ...entry(1), datetime: '2026-01-22T09:30:00.000Z', targetNode: 'orders', attributes: {} },
      { ...entry(2), datetime: '2026-01-22T09:30:00.000Z', targetNode: 'orders', attributes: { attempts: 2 } },
    ])
    expect(s3.objects.size).toBe(1)
  })

  it('is in a chain: each object has the hash of the one before', async () => {
    const s3 = fakeS3()
    const audit = auditIn(s3)
    for (const n of [1, 2, 3]) await audit.write(entry(n))
    const objects = stored(s3)
    expect(objects.map(({ lines }) => lines[0]?.sequence)).toEqual([0, 1, 2])
    const hashes = objects.map(({ object }) => hash('sha256', object))
    expect(objects.map(({ lines }) => lines[0]?.previousHash)).toEqual([null, ...hashes.slice(0, 2)])
  })

  it('is a new chain in the next hour', async () => {
    const s3 = fakeS3()
    let now = start
    const audit = auditIn(s3, { clock: { now: () => now } })
    await audit.write(entry(1))
    now += 3_600_000
    await audit.write(entry(2))
    const [first, second] = stored(s3)
    expect(second?.lines[0]).toMatchObject({ hour: '2026/01/22/10', sequence: 0, previousHash: null })
    expect(second?.lines[0]?.chainId).not.toBe(first?.lines[0]?.chainId)
  })

  it('is one object after the other, however many are full', async () => {
    const s3 = fakeS3()
    const audit = auditIn(s3, { maxRecords: 1 })
    await Promise.all([1, 2, 3].map((n) => audit.write(entry(n))))
    const headers = stored(s3).map(({ lines }) => lines[0])
    expect(headers.map((header) => header?.sequence)).toEqual([0, 1, 2])
    expect(new Set(headers.map((header) => header?.chainId)).size).toBe(1)
    expect(s3.puts).toHaveLength(3)
  })

  it('does not wait for more once an object is full, or when it is told to', async () => {
    const s3 = fakeS3()
    const audit = auditIn(s3, { flushAfter: 60_000, maxRecords: 2 })
    await Promise.all([audit.write(entry(1)), audit.write(entry(2))])
    const last = audit.write(entry(3))
    await audit.flush()
    await last
    expect(stored(s3).map(({ lines }) => trackingIdsOf(lines))).toEqual([
      [trackingId(1), trackingId(2)],
      [trackingId(3)],
    ])
  })
})

describe('when S3 fails', () => {
  it('tries again, in the same place', async () => {
    const s3 = fakeS3((put) => (put < 2 ? { status: 503, code: 'SlowDown' } : undefined))
    await auditIn(s3).write(entry(1))
    expect(new Set(s3.puts).size).toBe(1)
    expect(s3.puts).toHaveLength(3)
  })

  it('rejects every record of an object that is given up, and leaves no gap', async () => {
    const s3 = fakeS3((put) => (put < 2 ? { status: 503, code: 'SlowDown' } : undefined))
    const audit = auditIn(s3, { maxAttempts: 2 })
    const results = await Promise.allSettled([audit.write(entry(1)), audit.write(entry(2))])
    for (const result of results) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'AuditError', retryable: true, records: 2 } })
    }
    await audit.write(entry(3))
    expect(stored(s3).map(({ lines }) => [lines[0]?.sequence, ...trackingIdsOf(lines)])).toEqual([[0, trackingId(3)]])
  })

  it('does not try again what is refused', async () => {
    const s3 = fakeS3(() => ({ status: 403, code: 'AccessDenied' }))
    const error = await auditIn(s3)
      .write(entry(1))
      .catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(AuditError)
    expect(String(error)).toMatch(
      /^AuditError: s3:\/\/audit\/records\/.* was not accepted with its audit record: AccessDenied/,
    )
    expect(s3.puts).toHaveLength(1)
  })

  it('takes an object for accepted whose answer was lost, and stores it once', async () => {
    const s3 = fakeS3((put) => (put === 0 ? 'unanswered' : undefined))
    const audit = auditIn(s3)
    await audit.write(entry(1))
    await audit.write(entry(2))
    expect(stored(s3).map(({ lines }) => [lines[0]?.sequence, ...trackingIdsOf(lines)])).toEqual([
      [0, trackingId(1)],
      [1, trackingId(2)],
    ])
  })

  it('goes on after an object that was given up and had been accepted', async () => {
    const s3 = fakeS3((put) => (put === 0 ? 'unanswered' : undefined))
    const audit = auditIn(s3, { maxAttempts: 1 })
    await expect(audit.write(entry(1))).rejects.toThrow(AuditError)
    await audit.write(entry(2))
    const [first, second] = stored(s3)
    expect(first?.lines[0]?.sequence).toBe(0)
    expect(second?.lines[0]).toMatchObject({ sequence: 1, previousHash: hash('sha256', first?.object ?? '') })
  })

  it("leaves a stranger's object alone, and goes on in a chain of its own", async () => {
    const s3 = fakeS3()
    const audit = auditIn(s3)
    await audit.write(entry(1))
    const [{ key = '' } = {}] = stored(s3)
    const planted = key.replace('000000000000', '000000000001')
    s3.objects.set(planted, Buffer.from('planted'))
    await audit.write(entry(2))
    expect(s3.objects.get(planted)?.toString()).toBe('planted')
    s3.objects.delete(planted)
    expect(stored(s3)[1]?.lines[0]).toMatchObject({ sequence: 0, previousHash: null })
  })

  it('tries again when S3 says that another request is under way for the key', async () => {
    const s3 = fakeS3((put) => (put === 0 ? { status: 409, code: 'ConditionalRequestConflict' } : undefined))
    await auditIn(s3).write(entry(1))
    expect(s3.puts).toHaveLength(2)
  })

  it('does not go on in the chain of an hour that is over, when it was frozen between two attempts', async () => {
    let now = start
    const s3 = fakeS3((put) => (put === 0 ? { status: 503, code: 'SlowDown' } : undefined))
    const backoff = () => {
      now += 3_600_000
      return 0
    }
    await auditIn(s3, { clock: { now: () => now }, backoff }).write(entry(1))
    expect(stored(s3).map(({ lines }) => lines[0]?.hour)).toEqual(['2026/01/22/10'])
  })

  it('has what it says is accepted in chains without a gap, whatever fails', async () => {
    const anyFault = fc.constantFrom<Fault | undefined>(
      undefined,
      { status: 503, code: 'SlowDown' },
      { status: 403, code: 'AccessDenied' },
      { status: 409, code: 'ConditionalRequestConflict' },
      'unanswered',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyFault, { maxLength: 12 }),
        fc.integer({ min: 1, max: 3 }),
        async (faults, maxAttempts) => {
          const s3 = fakeS3((put) => faults[put])
          const audit = auditIn(s3, { maxAttempts, flushAfter: 0 })
          const accepted: string[] = []
          for (const n of [1, 2, 3, 4, 5]) {
            await audit.write(entry(n)).then(
              () => accepted.push(trackingId(n)),
              () => {},
            )
          }
          const objects = stored(s3)
          expect(objects.flatMap(({ lines }) => trackingIdsOf(lines))).toEqual(expect.arrayContaining(accepted))
          expect(new Set(objects.map(({ lines }) => lines[0]?.chainId)).size).toBeLessThanOrEqual(1)
          expect(objects.map(({ lines }) => lines[0]?.sequence)).toEqual(objects.map((_, index) => index))
          expect(objects.map(({ lines }) => lines[0]?.previousHash)).toEqual(
            objects.map((_, index) => (index === 0 ? null : hash('sha256', objects[index - 1]?.object ?? ''))),
          )
        },
      ),
    )
  })
})

describe('what is written', () => {
  it.each([
    ['trackingId', { trackingId: 'order-7' }],
    ['sourceNode', { sourceNode: '' }],
    ['sourceSession', { sourceSession: 'a\nb' }],
    ['outcome', { outcome: 'lost' as never }],
    ['body', { body: 'secret' } as never],
    ['attributes', { attributes: { note: 'x'.repeat(5_000) } }],
    ['previousTrackingIds', { previousTrackingIds: Array.from({ length: 65 }, (_, n) => trackingId(n)) }],
  ])('is refused, and nothing stored, when %s is not as it has to be', async (name, fields) => {
    const s3 = fakeS3()
    await expect(auditIn(s3).write(entry(1, fields))).rejects.toThrow(new RegExp(`^audit\\.write: ${name}\\b`))
    expect(s3.puts).toEqual([])
  })

  it('makes no client before there is something to store', () => {
    const client = new Proxy({}, { ownKeys: () => expect.unreachable('the options of the client were read') })
    createAudit({ bucket: 'audit', node: 'orders', client })
  })
})
