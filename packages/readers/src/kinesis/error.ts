import { KinesisServiceException } from '@aws-sdk/client-kinesis'
import { requestFailure } from '@causeway-aws/edge'
import { SourceError } from '../source-error.ts'

/** As `policies.kinesisRead` allows them. */
const polling = 'kinesis:ListShards, kinesis:GetShardIterator and kinesis:GetRecords'

/** What a failed request says of a stream, in Kinesis's words where it gave any. */
export function kinesisError(stream: string, what: string, error: unknown, needed: string = polling): SourceError {
  if (error instanceof SourceError) return error
  const { reason, retryable } = requestFailure(error)
  const advice = /^AccessDenied/.test(reason)
    ? `; to read it takes ${needed}, by the caller's policies and those of the stream's account`
    : ''
  return new SourceError(`${what} of the stream ${stream} cannot be read: ${reason}${advice}.`, {
    retryable: retryable || isBroken(error),
    cause: error,
  })
}

/** What is said of an answer that is empty, as one may be that broke off before it began: it is none, and no end of anything. */
export const emptyAnswer = (stream: string, what: string): SourceError =>
  new SourceError(`${what} of the stream ${stream} cannot be read: Kinesis answered nothing.`, { retryable: true })

/**
 * Whether Kinesis had begun to answer, and what failed is no word of it: the answer broke on its way. By HTTP/2 that may be
 * a session that has ended by itself (for another reason, a certificate that is not trusted say, it ends as well), or an
 * answer that the SDK takes for whole and cannot read.
 */
function isBroken(error: unknown): boolean {
  if (error instanceof KinesisServiceException) return false
  const { code = '', cause, $metadata } = error as NodeJS.ErrnoException & Partial<KinesisServiceException>
  if (code.startsWith('ERR_HTTP2_')) return !(cause instanceof Error) || isBroken(cause)
  return $metadata?.httpStatusCode === 200
}
