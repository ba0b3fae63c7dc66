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
    retryable,
    cause: error,
  })
}
