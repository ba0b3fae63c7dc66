import { CausewayError } from '@causeway-aws/auth'
import { requestFailure } from '../failure.ts'

/**
 * A body could not be stored in S3, or read from it. `retryable` when that may go well another time: S3 was throttled,
 * failed or was not reached. A body that is not what its reference says is none of these, whenever it is read.
 *
 * @example
 * ```ts
 * import { type BodyReference, type LargeBodies, LargeBodyError } from '@causeway-aws/edge'
 *
 * export async function textOf(bodies: LargeBodies, reference: BodyReference): Promise<string | undefined> {
 *   try {
 *     return await bodies.read(reference)
 *   } catch (error) {
 *     if (!(error instanceof LargeBodyError) || error.retryable) throw error
 *     return undefined
 *   }
 * }
 * ```
 */
export class LargeBodyError extends CausewayError {
  /** What is wrong: `what is stored is not ...`. */
  readonly fault: string

  constructor(
    undone: 'read' | 'stored',
    fault: string,
    { retryable = false, cause }: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(`A large body cannot be ${undone}: ${fault}.`, { code: 'LargeBodyError', retryable, cause })
    this.fault = fault
  }
}

/** Whose bucket, for a sentence about it. */
export interface Place {
  readonly bucket: string
  readonly bucketOwner: string
}

/** Why a request to S3, or the stream of its answer, failed. An error of ours stays what it is. */
export function s3Error(undone: 'read' | 'stored', error: unknown, place: Place): LargeBodyError {
  if (error instanceof LargeBodyError) return error
  const { reason, retryable } = requestFailure(error)
  const fault = faultOf(undone, error, place) ?? `S3 gave no answer to use: ${reason}`
  return new LargeBodyError(undone, fault, { retryable, cause: error })
}

function faultOf(undone: 'read' | 'stored', error: unknown, { bucket, bucketOwner }: Place): string | undefined {
  const { name } = error as Error
  if (name === 'NoSuchKey') return `it is not in ${bucket}, since it has expired or never was; have it sent again`
  if (name === 'NoSuchBucket') return `there is no bucket ${bucket}; see to the name`
  if (name !== 'AccessDenied' && name !== 'Forbidden') return undefined
  // S3 says the same when the bucket is not of the account that ExpectedBucketOwner names and, to a role that may not
  // list the bucket, when there is no such object.
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html ("Permissions")
  return undone === 'read'
    ? `S3 denied it in ${bucket}: it has expired, the bucket is not account ${bucketOwner}'s, or the role lacks s3:GetObject or kms:Decrypt (policies.largeBodies)`
    : `S3 denied it in ${bucket}: the bucket is not account ${bucketOwner}'s, or the role lacks s3:PutObject, kms:GenerateDataKey or kms:Decrypt (policies.largeBodies)`
}
