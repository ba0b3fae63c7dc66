import type { AuditRecord } from './record.ts'

/** A record, and where it is. */
export interface TracedRecord extends AuditRecord {
  readonly bucket: string
  readonly key: string
}

/** A message, and the messages that came from it. */
export interface TracedMessage {
  readonly trackingId: string
  /** What was done with it, oldest first: more than once when it was run again. */
  readonly records: readonly TracedRecord[]
  readonly children: readonly TracedMessage[]
}

interface Branch extends TracedMessage {
  readonly records: TracedRecord[]
  readonly children: Branch[]
}

/** Puts each message under the last of those that it came from of which there is a record. */
export function treesOf(records: readonly TracedRecord[]): TracedMessage[] {
  const branches = new Map<string, Branch>()
  for (const record of records.toSorted(byTime)) {
    const { trackingId } = record
    const branch = branches.get(trackingId) ?? { trackingId, records: [], children: [] }
    branch.records.push(record)
    branches.set(trackingId, branch)
  }
  const parents = new Map<Branch, Branch>()
  const roots: Branch[] = []
  for (const branch of branches.values()) {
    const previous = branch.records[0]?.previousTrackingIds ?? []
    const parent = previous.map((id) => branches.get(id)).findLast((found) => found !== undefined)
    // What a stranger sent may say that two messages came from each other.
    if (parent === undefined || comesFrom(parent, branch, parents)) roots.push(branch)
    else {
      parents.set(branch, parent)
      parent.children.push(branch)
    }
  }
  return roots
}

function comesFrom(branch: Branch, ancestor: Branch, parents: ReadonlyMap<Branch, Branch>): boolean {
  for (let at: Branch | undefined = branch; at !== undefined; at = parents.get(at)) if (at === ancestor) return true
  return false
}

function byTime(a: AuditRecord, b: AuditRecord): number {
  return a.datetime < b.datetime ? -1 : Number(a.datetime > b.datetime)
}
