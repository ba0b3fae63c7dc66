import type { S3ServiceException } from '@aws-sdk/client-s3'
import { requestFailure } from '@causeway-aws/edge'
import { SourceError } from '../source-error.ts'

/** What a failed request says of a bucket, in S3's words where it gave any. */
export function s3Error(bucket: string, what: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error
  const { reason, retryable } = requestFailure(error)
  return new SourceError(`${what} of the bucket ${bucket} cannot be read: ${reason}${adviceOn(error)}.`, {
    retryable,
    cause: error,
  })
}

/** As `policies.s3Read` allows them. */
const actions = 's3:ListBucket and s3:GetObject (of versions s3:ListBucketVersions and s3:GetObjectVersion, too)'

function adviceOn(error: unknown): string {
  const { name, $metadata, $response } = error as Partial<S3ServiceException>
  // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
  const region = $response?.headers['x-amz-bucket-region']
  const elsewhere = $metadata?.httpStatusCode === 301 || $metadata?.httpStatusCode === 307
  if (elsewhere || name === 'AuthorizationHeaderMalformed' || name === 'IllegalLocationConstraintException') {
    return `; it is in the region ${region ?? 'of another endpoint'}, which the client has to be made with`
  }
  if (name === 'NoSuchBucket') return '; there is no bucket of this name'
  return $metadata?.httpStatusCode === 403 && name !== 'InvalidObjectState'
    ? `; to read it takes ${actions}, and the bucket has to be of the account that is expected, if any is`
    : ''
}
