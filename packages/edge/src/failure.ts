import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import { CausewayError, timeOver, withoutTokens } from '@causeway-aws/auth'
import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import type { SdkError } from '@smithy/types'

/** Why AWS did not do what it was asked for. */
export interface Failure {
  /** In SQS's words where it gave any; never holds the body. */
  readonly reason: string
  /** Whether the same message may be accepted later without anybody changing anything. */
  readonly retryable: boolean
  /** Whether the message itself is at fault, and not what it was sent to: another would have been accepted. */
  readonly ofMessage?: true
  readonly cause?: unknown
}

/** Why one entry of a batch was not accepted, of which SQS says whose fault it is. */
export function entryFailure({ Code = 'unknown', Message = '', SenderFault = false }: BatchResultErrorEntry): Failure {
  const reason = Message === '' ? Code : `${Code}: ${firstLine(Message)}`
  const retryable = !SenderFault || isThrottled(Code)
  return { reason, retryable, ...(!retryable && !isOfKey(Code) && { ofMessage: true }) }
}

/**
 * Why a request failed, and whether it may go well another time: throttling, a failure of the service's own, a connection
 * that broke, credentials that could not be had.
 *
 * @example
 * ```ts
 * import { type Failure, requestFailure } from '@causeway-aws/edge'
 *
 * export function sentence(error: unknown): string {
 *   const { reason, retryable }: Failure = requestFailure(error)
 *   return retryable ? `${reason}; it is tried again.` : `${reason}.`
 * }
 * ```
 */
export function requestFailure(error: unknown): Failure {
  if (!(error instanceof Error)) return { reason: 'the client threw something that is no error', retryable: false }
  return {
    reason: isCutShort(error)
      ? 'the connection broke'
      : `${error.name}: ${timeOver(error) ?? firstLine(error.message)}`,
    retryable: isRetryable(error),
    cause: error,
  }
}

/** Node's own word for an answer that broke off, "aborted", is that of one that was given up. */
function isCutShort({ message, code }: NodeJS.ErrnoException): boolean {
  return code === 'ECONNRESET' && message === 'aborted'
}

function isRetryable(error: Error): boolean {
  // The client's credentials, a role of ours to assume, have said so themselves.
  if (error instanceof CausewayError) return error.retryable
  const sdkError = error as SdkError
  return isThrottled(error.name) || isThrottlingError(sdkError) || isTransientError(sdkError) || isServerError(sdkError)
}

/** The SDK does not know SQS's own word for a key that is used too often, and never sees the codes of single entries. */
function isThrottled(code: string): boolean {
  return /throttl/i.test(code)
}

/** The queue's key, which no message chooses, cannot be used. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html#API_SendMessage_Errors */
function isOfKey(code: string): boolean {
  return /^kms/i.test(code)
}

/** Below the first line SQS repeats, after a wrong signature, all that was signed. */
function firstLine(message: string): string {
  return withoutTokens(message.replace(/\.?(\n.*)?$/s, ''))
}
