import { type AuditFinding, DigestError, writeDigest } from '@causeway-aws/edge/audit'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { anyMutation, bodyOf, forged, partsOf, replaceObjects, withLines } from './audit-mutation.ts'
import { findingsOf, makeTrail, objectsOf, start, type Trail } from './audit-trail.ts'

const sandbox = testSandbox()
const now = start + 9_900_000

describe('an audit that somebody changed who may write to its bucket, where nothing locks it', () => {
  let trail: Trail
  let objects: Map<string, Buffer>
  let keys: string[]
  let digestKeys: string[]
  /** The middle object of a chain, the one before and the one after. */
  let first: string
  let key: string
  let last: string

  beforeAll(async () => {
    trail = await makeTrail(sandbox, { locked: false })
    // The last one comes so late that, without it, the one before would be too old.
    await writeDigest({ ...trail.store, kms: trail.kms, keyId: trail.keyId, clock: { now: () => start + 7_200_000 } })
    objects = new Map([...(await objectsOf(trail.store, 'records/')), ...(await objectsOf(trail.store, 'digests/'))])
    keys = [...objects.keys()].filter((key) => key.includes('records/'))
    digestKeys = [...objects.keys()].filter((key) => key.includes('digests/'))
    ;[first = '', key = '', last = ''] = keys
  })

  const bodyAt = (key: string) => objects.get(key) ?? Buffer.of()
  const trackingIdAt = (key: string, index: number): string =>
    JSON.parse(partsOf(bodyAt(key)).lines[index] ?? '').trackingId

  /** What is found while the objects are changed; afterwards they are as before. */
  async function findingsWith(changes: Record<string, Buffer | undefined>): Promise<AuditFinding[]> {
    const changed = new Map(objects)
    for (const [key, body] of Object.entries(changes)) body === undefined ? changed.delete(key) : changed.set(key, body)
    await replaceObjects(trail.store, objects, changed)
    try {
      return await findingsOf(trail, now)
    } finally {
      await replaceObjects(trail.store, changed, objects)
    }
  }

  const edit = (lines: string[]) =>
    lines.map((line, index) => (index === 1 ? line.replace('processed', 'discarded') : line))

  it('names a record that was edited', async () => {
    const findings = await findingsWith({ [key]: withLines(bodyAt(key), edit) })
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'record-edited', key, sequence: 1, trackingId: trackingIdAt(key, 1) }),
    )
  })

  it('names the object of a record that was edited by somebody who knows how an object is made', async () => {
    const findings = await findingsWith({ [key]: forged(bodyAt(key), edit) })
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'object-changed', key, sequence: 1 }))
  })

  it('names a record that was removed', async () => {
    const findings = await findingsWith({ [key]: withLines(bodyAt(key), ([, ...lines]) => lines) })
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'record-removed', key, sequence: 1, trackingId: trackingIdAt(key, 0) }),
    )
  })

  it('names records that were reordered', async () => {
    const findings = await findingsWith({ [key]: withLines(bodyAt(key), (lines) => lines.toReversed()) })
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'record-moved', key, sequence: 1, trackingId: trackingIdAt(key, 0) }),
    )
  })

  it('names a record that was duplicated', async () => {
    const findings = await findingsWith({
      [key]: withLines(bodyAt(key), ([line = '', ...lines]) => [line, line, ...lines]),
    })
    expect(findings).toContainEqual(
      expect.objectContaining({ kind: 'record-duplicated', key, sequence: 1, trackingId: trackingIdAt(key, 0) }),
    )
  })

  it('names a record that was added, by its tracking id where it is a record', async () => {
    const added = (line = '') => line.replace(trackingIdAt(key, 0), 'f'.repeat(32))
    const more = (lines: string[]) => [...lines, added(lines[0]), 'no record']
    const findings = await findingsWith({ [key]: withLines(bodyAt(key), more) })
    const ofAdded = findings.filter(({ kind }) => kind === 'record-added')
    expect(ofAdded.map(({ trackingId }) => trackingId)).toEqual(['f'.repeat(32), undefined])
  })

  it('names an object that was removed', async () => {
    const findings = await findingsWith({ [key]: undefined })
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'object-removed', key, sequence: 1 }))
  })

  it('names the tail that was cut off a chain', async () => {
    const findings = await findingsWith({ [last]: undefined })
    expect(findings).toEqual([{ kind: 'object-removed', key: last, sequence: 2, message: 'it is not there' }])
  })

  it('names a whole chain that was removed', async () => {
    const findings = await findingsWith({ [first]: undefined, [key]: undefined, [last]: undefined })
    expect(findings).toEqual([
      {
        kind: 'object-removed',
        key: first,
        sequence: 0,
        message: 'it is not there, and so are those after it up to 2',
      },
    ])
  })

  it('names objects that were swapped, and one that was put where it does not belong', async () => {
    const swapped = await findingsWith({ [first]: bodyAt(key), [key]: bodyAt(first) })
    expect(swapped).toContainEqual(expect.objectContaining({ kind: 'object-misplaced', key: first }))
    expect(swapped).toContainEqual(expect.objectContaining({ kind: 'object-misplaced', key }))
    const foreign = `${first}.copy`
    expect(await findingsWith({ [foreign]: bodyAt(first) })).toEqual([
      expect.objectContaining({ kind: 'object-foreign', key: foreign }),
    ])
  })

  it('names a key that XML cannot hold, and goes on', async () => {
    const foreign = `${first}.\u0001 +%41`
    const findings = await findingsWith({ [foreign]: bodyAt(first), [last]: undefined })
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'object-foreign', key: foreign }))
    expect(findings).toContainEqual(expect.objectContaining({ kind: 'object-removed', key: last }))
  })

  it('names an object that was added to a chain whose hour was digested, however well it was made', async () => {
    const added = last.replace('000000000002', '000000000003')
    const { header, lines } = partsOf(bodyAt(last))
    const body = bodyOf({ header: { ...header, sequence: 3, previousHash: null }, lines })
    expect(await findingsWith({ [added]: body })).toContainEqual(
      expect.objectContaining({ kind: 'object-not-digested', key: added, sequence: 3 }),
    )
  })

  it('names a digest that was edited, was removed, or has a signature of another key', async () => {
    const [, digest = ''] = digestKeys
    const edited = Buffer.from(
      bodyAt(digest)
        .toString('utf8')
        .replace(/"hash":"(.)/, (_, digit) => `"hash":"${digit === '0' ? 1 : 0}`)
        .replace(/"sequence":2/, '"sequence":1'),
    )
    expect(await findingsWith({ [digest]: edited })).toContainEqual(
      expect.objectContaining({ kind: 'digest-signature', key: digest, sequence: 1 }),
    )
    expect(await findingsWith({ [digest]: undefined })).toEqual([
      expect.objectContaining({ kind: 'digest-removed', key: digest, sequence: 1 }),
    ])
    const copied = await findingsWith({ [digest]: bodyAt(digestKeys[0] ?? '') })
    expect(copied).toContainEqual(expect.objectContaining({ kind: 'digest-misplaced', key: digest }))
  })

  it('names the last digest that is there when those after it were removed', async () => {
    const [{ kind, message } = {}, ...more] = await findingsWith({ [digestKeys.at(-1) ?? '']: undefined })
    expect({ kind, message, more }).toEqual({
      kind: 'digest-late',
      message: expect.stringContaining(new Date(start + 2_700_000).toISOString()),
      more: [],
    })
  })

  it('gets no further digest after one that nobody signed', async () => {
    const newest = digestKeys.at(-1) ?? ''
    const forgedDigest = Buffer.from(
      bodyAt(newest)
        .toString('utf8')
        .replace(/"from":"2026/, '"from":"2027'),
    )
    const changed = new Map([...objects, [newest, forgedDigest]])
    await replaceObjects(trail.store, objects, changed)
    try {
      await expect(writeDigest({ ...trail.store, kms: trail.kms, keyId: trail.keyId })).rejects.toThrow(DigestError)
    } finally {
      await replaceObjects(trail.store, changed, objects)
    }
  })

  it('is found out, whatever the change', async () => {
    await fc.assert(
      fc.asyncProperty(anyMutation(objects), async ({ key, body }) => {
        expect(await findingsWith({ [key]: body })).not.toEqual([])
      }),
      { numRuns: 100 },
    )
    expect(await findingsOf(trail, now)).toEqual([])
  })
})
