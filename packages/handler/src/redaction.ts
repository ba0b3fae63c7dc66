import { withoutTokens } from '@causeway-aws/auth'

/** What is logged of an error: nothing but these, whatever else it carries. */
export interface DescribedError {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly retryable?: boolean
  /** AWS's id of the failed request, which its support asks for. */
  readonly requestId?: string
  readonly stack?: string
  readonly cause?: DescribedError
}

/**
 * Describes an error for a log. An error of the AWS SDK carries the response with its headers, one of another library
 * its whole configuration; none of it is taken along. The chain of causes is described in the same way.
 *
 * @example
 * ```ts
 * import { describeError } from '@causeway-aws/handler'
 *
 * const error = Object.assign(new Error('no answer'), { config: { password: 'hunter2' } })
 * export const { name, message, stack } = describeError(error)
 * ```
 */
export function describeError(error: unknown): DescribedError {
  return describe(error, 0)
}

/** Causes deeper than this are left out; they may also run in a circle. */
const deepestCause = 5

function describe(error: unknown, depth: number): DescribedError {
  // What is thrown without being an error says nothing of itself that is safe to repeat.
  if (!(error instanceof Error))
    return { name: 'Error', message: `a ${typeof error} was thrown, which is not an error` }
  const { name, message, stack, cause } = error
  const facts = error as {
    code?: unknown
    retryable?: unknown
    $retryable?: unknown
    $metadata?: { requestId?: unknown }
  }
  const requestId = facts.$metadata?.requestId
  return {
    name,
    message: withoutTokens(message),
    ...(typeof facts.code === 'string' ? { code: facts.code } : {}),
    ...(typeof facts.retryable === 'boolean' ? { retryable: facts.retryable } : {}),
    ...(typeof requestId === 'string' ? { requestId } : {}),
    ...(stack === undefined ? {} : { stack: withoutTokens(stack) }),
    ...(cause === undefined || depth === deepestCause ? {} : { cause: describe(cause, depth + 1) }),
  }
}
