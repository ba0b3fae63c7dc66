import type { AuditFinding } from './finding.ts'
import type { RecordMark } from './object.ts'

type RecordFinding = Pick<AuditFinding, 'kind' | 'trackingId' | 'message'>

/**
 * What became of the records of an object: those that its header has, beside those that are there. One that is no longer
 * there and one that is new in its place are one that was edited.
 */
export function* changedRecords(
  expected: readonly RecordMark[],
  found: readonly RecordMark[],
): Generator<RecordFinding> {
  const firstMoved = expected.findIndex((mark, index) => !isSame(mark, found[index]))
  if (firstMoved === -1 && expected.length === found.length) return
  const missing = without(expected, found)
  const extra = without(found, expected)
  const known = new Set(expected.map(keyOf))
  for (const { mark, index } of extra) {
    const [trackingId] = mark
    if (known.has(keyOf(mark))) {
      yield {
        kind: 'record-duplicated',
        ...named(trackingId),
        message: `record ${index + 1} is there more often than it was written`,
      }
      continue
    }
    const original = take(missing, trackingId)
    if (original === undefined) {
      yield {
        kind: 'record-added',
        ...named(trackingId),
        message: `record ${index + 1} was not written with this object`,
      }
      continue
    }
    yield { kind: 'record-edited', trackingId: original[0], message: `record ${index + 1} was changed` }
  }
  for (const { mark, index } of missing) {
    yield { kind: 'record-removed', trackingId: mark[0], message: `record ${index + 1} was taken out` }
  }
  if (extra.length + without(expected, found).length > 0) return
  const [trackingId = ''] = expected[firstMoved] ?? []
  yield { kind: 'record-moved', trackingId, message: `record ${firstMoved + 1} and others are not in their order` }
}

/** What was put there may be no record, and then has no tracking id. */
const named = (trackingId: string) => (trackingId === '' ? {} : { trackingId })

interface Placed {
  readonly mark: RecordMark
  readonly index: number
}

/** Those of the first list that the second does not have, each as often as it is missing there. */
function without(marks: readonly RecordMark[], others: readonly RecordMark[]): Placed[] {
  const left = new Map<string, number>()
  for (const mark of others) left.set(keyOf(mark), (left.get(keyOf(mark)) ?? 0) + 1)
  return marks.flatMap((mark, index) => {
    const count = left.get(keyOf(mark)) ?? 0
    left.set(keyOf(mark), count - 1)
    return count > 0 ? [] : [{ mark, index }]
  })
}

/** The missing record of a tracking id, or any one, which is then missing no more. */
function take(missing: Placed[], trackingId: string): RecordMark | undefined {
  const same = missing.findIndex(({ mark }) => mark[0] === trackingId)
  return missing.splice(Math.max(same, 0), 1)[0]?.mark
}

function isSame(mark: RecordMark, other: RecordMark | undefined): boolean {
  return other !== undefined && keyOf(mark) === keyOf(other)
}

function keyOf([trackingId, hash]: RecordMark): string {
  return `${trackingId} ${hash}`
}
