import { CausewayError, parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type LargeBodies, largeBodiesSchema } from '../large-bodies/large-bodies.ts'
import { queueUrlSchema } from '../queue.ts'
import { createEdge, type Edge } from './edge.ts'
import { type SendingOptions, sendingEntries } from './edge-options.ts'

/** The edge of a queue URL, for those queues that a node may send to. */
export type Targets = (queueUrl: string) => Edge

/** A processor sent to a queue that is not a target of its node. */
export class UnknownTargetError extends CausewayError {
  constructor(queueUrl: string, known: readonly string[]) {
    const targets = known.length === 0 ? 'it has none' : `they are ${known.join(', ')}`
    super(`${queueUrl} is not a target of this node: ${targets}; add it to the targets or send elsewhere.`, {
      code: 'UnknownTargetError',
    })
  }
}

/** Which queues a node may send to, and how. */
export interface TargetOptions extends SendingOptions {
  /** The queues that may be sent to. */
  readonly queueUrls: readonly string[]
  /** Where bodies go that are over a queue's limit, by its URL, made by `createLargeBodies`. Default: they are refused. */
  readonly largeBodies?: Readonly<Record<string, LargeBodies>>
  /**
   * The large bodies of the node's own edge: what it sends on without having read it is copied from there. Default: it
   * is refused.
   */
  readonly bodiesFrom?: LargeBodies | undefined
}

const optionsSchema = v.strictObject({
  queueUrls: v.array(queueUrlSchema, 'must be a list of queue URLs'),
  largeBodies: v.optional(v.record(v.string(), largeBodiesSchema), {}),
  bodiesFrom: v.optional(largeBodiesSchema),
  ...sendingEntries,
})

/**
 * Makes the edges that a node may send to, each when it is first used. Keep the result for the life of the process:
 * it is what `receive` sends through.
 *
 * @throws {InvalidOptions} naming the option.
 * @throws {UnknownTargetError} when large bodies are for another queue. What it makes throws it for any other, too.
 *
 * @example
 * ```ts
 * import { SQSClient } from '@aws-sdk/client-sqs'
 * import { createTargets, type Targets } from '@causeway-aws/edge'
 *
 * export const targets: Targets = createTargets({
 *   queueUrls: ['https://sqs.eu-west-1.amazonaws.com/111111111111/invoices.fifo'],
 *   client: new SQSClient({ maxAttempts: 1 }),
 * })
 * ```
 */
export function createTargets(options: TargetOptions): Targets {
  const { queueUrls, largeBodies, ...rest } = parseOptions('createTargets', optionsSchema, options)
  for (const queueUrl of Object.keys(largeBodies)) {
    if (!queueUrls.includes(queueUrl)) throw new UnknownTargetError(queueUrl, queueUrls)
  }
  const edges = new Map<string, Edge>()
  return (queueUrl) => {
    const known = edges.get(queueUrl)
    if (known) return known
    if (!queueUrls.includes(queueUrl)) throw new UnknownTargetError(queueUrl, queueUrls)
    const edge = createEdge({ ...rest, queueUrl, largeBodies: largeBodies[queueUrl] })
    edges.set(queueUrl, edge)
    return edge
  }
}
