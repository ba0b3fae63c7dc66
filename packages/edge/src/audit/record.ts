import * as v from 'valibot'

/** What became of a message at a node: `dead` is the dead letter queue. */
export type AuditOutcome = 'processed' | 'discarded' | 'dead'

/** What a node says about a message when it is done with it. No body, and no secret: it cannot be taken back. */
export interface AuditEntry {
  /** 32 lowercase hex digits. */
  readonly trackingId: string
  /** The tracking ids of the messages that it came from, oldest first; at most 64. */
  readonly previousTrackingIds: readonly string[]
  /**
   * Who sent it, as SQS says (`SenderId` up to its colon: the unique id of a role or a user), never as the message does:
   * 1 to 256 visible characters.
   */
  readonly sourceNode: string
  /** How a role's session called itself (the rest of `SenderId`): the sender's own word. 1 to 256 visible characters. */
  readonly sourceSession?: string | undefined
  /** 1 to 256 visible characters. */
  readonly messageType: string
  readonly outcome: AuditOutcome
  /** Whatever else is worth keeping: at most 4,096 bytes as JSON. Default: none. */
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/** An entry as `write` has checked it. */
export type CheckedEntry = Omit<AuditEntry, 'attributes'> & { readonly attributes: Readonly<Record<string, unknown>> }

/** An entry as it is kept: one line of JSON in an object of the audit bucket. */
export interface AuditRecord extends CheckedEntry {
  /** When it was written, by the node's clock: ISO 8601, UTC, with milliseconds. */
  readonly datetime: string
  /** The node that wrote it. */
  readonly targetNode: string
}

/** The most bytes that a record's attributes have as JSON. */
const maxAttributeBytes = 4_096

export const trackingIdSchema: v.GenericSchema<string> = v.pipe(
  v.string('must be a string'),
  v.regex(/^[0-9a-f]{32}$/, 'must be 32 lowercase hex digits'),
)
export const nameSchema: v.GenericSchema<string> = v.pipe(
  v.string('must be a string'),
  v.regex(/^\P{C}{1,256}$/u, 'must be 1 to 256 visible characters'),
)

/** The schema of {@link AuditOutcome}. */
export const auditOutcomeSchema: v.GenericSchema<AuditOutcome> = v.picklist(
  ['processed', 'discarded', 'dead'],
  'must be processed, discarded or dead',
)

const entries = {
  trackingId: trackingIdSchema,
  previousTrackingIds: v.pipe(
    v.array(trackingIdSchema, 'must be a list'),
    v.maxLength(64, 'must be at most 64 tracking ids'),
    v.readonly(),
  ),
  sourceNode: nameSchema,
  sourceSession: v.optional(nameSchema),
  messageType: nameSchema,
  outcome: auditOutcomeSchema,
}

/** The schema of what is noted beside what became of a message. */
export const auditAttributesSchema: v.GenericSchema<Readonly<Record<string, unknown>>> = v.custom<
  Readonly<Record<string, unknown>>
>(isSmallJson, `must be an object of at most ${maxAttributeBytes} bytes as JSON`)

/** What `write` takes. */
export const auditEntrySchema: v.GenericSchema<AuditEntry, CheckedEntry> = v.strictObject({
  ...entries,
  attributes: v.optional(auditAttributesSchema, {}),
})

/** What a line of an object is. */
const auditRecordSchema: v.GenericSchema<unknown, AuditRecord> = v.strictObject({
  datetime: v.pipe(v.string(), v.isoTimestamp()),
  targetNode: nameSchema,
  ...entries,
  attributes: auditAttributesSchema,
})

/** A record as its line, without the line's end. */
export function lineOf(entry: CheckedEntry, datetime: string, targetNode: string): string {
  const { trackingId, previousTrackingIds, sourceNode, sourceSession, messageType, outcome, attributes } = entry
  const record: AuditRecord = {
    datetime,
    trackingId,
    previousTrackingIds,
    sourceNode,
    ...(sourceSession !== undefined && { sourceSession }),
    targetNode,
    messageType,
    outcome,
    attributes,
  }
  return JSON.stringify(record)
}

/** The record of a line, or `undefined` when it is none. */
export function recordOf(line: string): AuditRecord | undefined {
  try {
    const result = v.safeParse(auditRecordSchema, JSON.parse(line))
    return result.success ? result.output : undefined
  } catch {
    return undefined
  }
}

function isSmallJson(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  try {
    // Three bytes are the most that a UTF-16 unit takes, so most need not be counted.
    const json = JSON.stringify(value)
    return json.length * 3 <= maxAttributeBytes || Buffer.byteLength(json) <= maxAttributeBytes
  } catch {
    return false
  }
}
