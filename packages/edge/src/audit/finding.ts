/** What is wrong with an audit. */
export type AuditFindingKind =
  | 'record-edited'
  | 'record-removed'
  | 'record-added'
  | 'record-duplicated'
  | 'record-moved'
  | 'object-changed'
  | 'object-removed'
  | 'object-overwritten'
  | 'object-misplaced'
  | 'object-foreign'
  | 'object-unreadable'
  | 'object-not-digested'
  | 'digest-changed'
  | 'digest-removed'
  | 'digest-overwritten'
  | 'digest-misplaced'
  | 'digest-unreadable'
  | 'digest-signature'
  | 'digest-late'

/** One thing that is wrong with an audit, and what it is wrong with. */
export interface AuditFinding {
  readonly kind: AuditFindingKind
  /** The object that it is about, whether it is there or not. */
  readonly key: string
  /** The object's number, in its chain or among the digests. */
  readonly sequence?: number
  /** The record that it is about. */
  readonly trackingId?: string
  /** One sentence, without the key. */
  readonly message: string
}
