import type { Logger } from '@aws-lambda-powertools/logger'
import type middy from '@middy/core'
import { describeError } from './redaction.ts'

/** Logs what an invocation threw, once, and hands Lambda a redacted error in its place. */
export function reportFailure(logger: Logger): middy.MiddlewareObj {
  return {
    onError: (request) => {
      logger.error('The invocation failed.', { error: describeError(request.error) })
      // Replaced, not thrown: middy hangs the original on an error that is thrown here.
      request.error = redactedError(request.error)
    },
  }
}

/**
 * The error that Lambda is given: it prints every property of an error, and hands its message to the caller. Name, code
 * and retryable are kept, so that an alarm or a caller can tell one kind from another.
 */
function redactedError(error: unknown): Error {
  const { name, message, stack, code, retryable } = describeError(error)
  const redacted = new Error(message)
  Object.defineProperty(redacted, 'name', { value: name })
  Object.defineProperty(redacted, 'stack', { value: stack ?? `${name}: ${message}` })
  return Object.assign(redacted, code === undefined ? {} : { code }, retryable === undefined ? {} : { retryable })
}
