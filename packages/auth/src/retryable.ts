import type { SdkError } from '@smithy/types'

/**
 * Whether the AWS SDK would call an error one that may pass: throttling, a server error, a connection that broke. Its
 * own judgement, loaded when there is an error to judge.
 */
export async function isRetryable(error: unknown): Promise<boolean> {
  if (!(error instanceof Error)) return false
  const { isServerError, isThrottlingError, isTransientError } = await import('@smithy/core/retry')
  return [isTransientError, isThrottlingError, isServerError].some((kind) => kind(error as SdkError))
}
