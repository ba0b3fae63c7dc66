import { CausewayError } from '@causeway-aws/auth'
import { requestFailure } from '../failure.ts'

/**
 * SQS lets a consumer receive nothing, and would not at another time either: there is no such queue, the role may not,
 * there are no credentials. What may pass is waited for, and is no error.
 *
 * @example
 * ```ts
 * import { EdgeReceiveError } from '@causeway-aws/edge'
 *
 * export async function exitCodeOf(consumed: Promise<void>): Promise<number> {
 *   try {
 *     await consumed
 *     return 0
 *   } catch (error) {
 *     if (!(error instanceof EdgeReceiveError)) throw error
 *     process.stderr.write(`${error.message}\n`)
 *     return 78 // EX_CONFIG, with which systemd need not start it again
 *   }
 * }
 * ```
 */
export class EdgeReceiveError extends CausewayError {
  readonly queueUrl: string

  constructor(queueUrl: string, cause: unknown) {
    const { reason } = requestFailure(cause)
    super(`${queueUrl} lets us receive nothing: ${reason}. ${remedyOf(cause)}`, { code: 'EdgeReceiveError', cause })
    this.queueUrl = queueUrl
  }
}

function remedyOf(cause: unknown): string {
  const name = cause instanceof Error ? cause.name : ''
  if (name === 'QueueDoesNotExist') return 'See that the URL is right, and that the client is in its region.'
  if (name.startsWith('AccessDenied'))
    return 'Its policy, or ours, has to allow it: policies.edgeReceive has all that is needed.'
  return 'See to that and start again.'
}
