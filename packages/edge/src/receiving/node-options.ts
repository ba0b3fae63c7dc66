import * as v from 'valibot'
import type { Audit } from '../audit/audit.ts'
import { type Backoff, fullJitter } from '../backoff.ts'
import { countSchema } from '../count.ts'
import type { DeadLetters } from '../dead-letters/dead-letters.ts'
import type { Idempotency } from '../idempotency/idempotency.ts'
import { type LargeBodies, largeBodiesSchema } from '../large-bodies/large-bodies.ts'
import type { Logger } from '../logger.ts'
import { type Targets, UnknownTargetError } from '../sending/targets.ts'

/** How a node receives, wherever it runs. */
export interface NodeOptions {
  /** The node's name, by which it remembers messages. Default: `node`. */
  readonly node?: string
  readonly logger: Logger
  /** How many messages (on a FIFO queue: groups) are processed at a time. Default: 10. */
  readonly concurrency?: number
  /** The type of messages that carry none, as those of an EchoStream node do. Without it they fail. */
  readonly messageType?: string | undefined
  /** Where a processor may send to, made by `createTargets`. Default: nowhere. */
  readonly targets?: Targets
  /** Remembers which messages were run, made by `idempotencyTable`. Without it a message that comes twice is run twice. */
  readonly idempotency?: Idempotency | undefined
  /**
   * Where messages go that are given up, made by `deadLetterQueue`: those that cannot be read at once and, with
   * `idempotency`, which counts, the others after `maxAttempts`. Without it every message is tried for ever.
   */
  readonly deadLetters?: DeadLetters | undefined
  /** Records what became of each message, made by `createAudit`: none is acknowledged before its record is accepted. */
  readonly audit?: Audit | undefined
  /** Where bodies are that are too large for a message, made by `createLargeBodies`. Without it such messages fail. */
  readonly largeBodies?: LargeBodies | undefined
  /** Whether bodies of more than the large bodies' `maxInlineBytes` are read by `bodyStream`. Default: false, they fail. */
  readonly streamBodies?: boolean
  /**
   * How long, in milliseconds, before a failed message comes again. Default: `fullJitter` from a second to 15 minutes.
   */
  readonly retryDelay?: Backoff
}

const object = <Value>(name: string, method: keyof Value): v.GenericSchema<Value> =>
  v.custom<Value>((value) => typeof (value as Value)?.[method] === 'function', `must be ${name}`)

/** The schema of each of them, for the schemas of all options that receiving is among. */
export const nodeEntries: {
  readonly node: v.GenericSchema<string | undefined, string>
  readonly logger: v.GenericSchema<Logger>
  readonly concurrency: v.GenericSchema<number | undefined, number>
  readonly messageType: v.GenericSchema<string | undefined>
  readonly targets: v.GenericSchema<Targets | undefined, Targets>
  readonly idempotency: v.GenericSchema<Idempotency | undefined>
  readonly deadLetters: v.GenericSchema<DeadLetters | undefined>
  readonly audit: v.GenericSchema<Audit | undefined>
  readonly largeBodies: v.GenericSchema<LargeBodies | undefined>
  readonly streamBodies: v.GenericSchema<boolean | undefined, boolean>
  readonly retryDelay: v.GenericSchema<Backoff | undefined, Backoff>
} = {
  node: v.optional(v.pipe(v.string('must be a string'), v.nonEmpty('must not be empty')), 'node'),
  logger: object<Logger>('a logger', 'error'),
  concurrency: v.optional(countSchema, 10),
  messageType: v.optional(v.string('must be a string')),
  targets: v.optional(
    v.custom<Targets>((targets) => typeof targets === 'function', 'must be what createTargets made'),
    () => nowhere,
  ),
  idempotency: v.optional(object<Idempotency>('what idempotencyTable made', 'claim')),
  deadLetters: v.optional(object<DeadLetters>('what deadLetterQueue made', 'bury')),
  audit: v.optional(object<Audit>('what createAudit made', 'write')),
  largeBodies: v.optional(largeBodiesSchema),
  streamBodies: v.optional(v.boolean('must be true or false'), false),
  retryDelay: v.optional(
    v.custom<Backoff>((backoff) => typeof backoff === 'function', 'must be a function'),
    () => patient,
  ),
}

const patient = fullJitter({ baseDelay: 1_000, maxDelay: 900_000 })

function nowhere(queueUrl: string): never {
  throw new UnknownTargetError(queueUrl, [])
}
