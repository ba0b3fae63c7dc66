export { type Audit, type AuditOptions, createAudit } from './audit/audit.ts'
export { AuditError } from './audit/audit-error.ts'
export type { AuditEntry, AuditOutcome, AuditRecord } from './audit/record.ts'
export { type Backoff, type FullJitterOptions, fullJitter } from './backoff.ts'
export { type DeadLetters, type DeadLettersOptions, type Death, deadLetterQueue } from './dead-letters.ts'
export { type DecodeOptions, decodeMessage, decodeReceivedMessage, type WireRecord } from './decode.ts'
export { createEdge, type Edge, type EdgeOptions, type SendOptions } from './edge.ts'
export type { SendingOptions } from './edge-options.ts'
export { EdgeSendError, type NotAccepted } from './edge-send-error.ts'
export { EventError } from './event.ts'
export type { Failure } from './failure.ts'
export { forward } from './forward.ts'
export { type Claim, type Claiming, ClaimLostError, type Idempotency } from './idempotency.ts'
export { type IdempotencyTableOptions, idempotencyTable } from './idempotency-table.ts'
export { LargeBodyError } from './large-bodies/error.ts'
export { type BodySource, createLargeBodies, type LargeBodies } from './large-bodies/large-bodies.ts'
export type { LargeBodiesOptions } from './large-bodies/options.ts'
export type { BodyReference } from './large-bodies/reference.ts'
export { bodyStream, type WithBodyOptions, withBody } from './large-bodies/with-body.ts'
export type { Logger } from './logger.ts'
export { type Changes, childOf, createMessage, type Message, MessageError, type MessageFields } from './message.ts'
export type { NodeOptions } from './node-options.ts'
export { LateSendError } from './outbox.ts'
export { Discard, Retry } from './outcome.ts'
export type { Processor, ProcessorContext } from './processor.ts'
export { queueUrlSchema } from './queue.ts'
export { type ReceiveOptions, receive } from './receive.ts'
export {
  NoRouteError,
  type ProcessorFactory,
  type Route,
  RouteError,
  type Routes,
  route,
  routesSchema,
} from './route.ts'
export { createTargets, type TargetOptions, type Targets, UnknownTargetError } from './targets.ts'
export { type EncodeOptions, encodeMessage, type WireMessage, wireBytes } from './wire.ts'
