import { requestFailure } from '../failure.ts'

// An archived object, one whose key its writer gave with it (SSE-C), one under a KMS key that the reader may not use, and
// one whose KMS key is disabled or gone. https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
const refusals = /^(InvalidObjectState|InvalidRequest|AccessDenied|KMS\..+)$/

/**
 * Why S3 does not hand out an object, when that is so for good and because of how the object was stored; `undefined` of
 * any other error.
 */
export function refusalOf(error: unknown): string | undefined {
  const isRefusal = error instanceof Error && refusals.test(error.name)
  return isRefusal ? `S3 does not hand it out: ${requestFailure(error).reason}` : undefined
}
