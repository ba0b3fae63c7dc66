import { CausewayError } from '@causeway-aws/auth'
import { SourceError } from '../source-error.ts'

/** What a failure says of a topic, in Kafka's words, or in those of the credentials that were refused. */
export function kafkaError(topic: string, what: string, error: unknown): SourceError {
  if (error instanceof SourceError) return error
  const [first, ...causes] = causesOf(error)
  const ours = [first, ...causes].find((cause) => cause instanceof CausewayError)
  const last = ours ?? causes.at(-1) ?? first
  const type = last && 'type' in last && typeof last.type === 'string' ? last.type : ''
  // All that kafkajs says of a group that the caller has no right to.
  const isGroup = last?.name === 'KafkaJSGroupCoordinatorNotFound'
  const reason = last?.message.replace(/\.$/, '') ?? 'Kafka failed'
  const advice =
    REFUSALS.has(type) || isGroup ? `; the caller ${isGroup ? 'may lack' : 'lacks'} a right of policies.kafkaRead` : ''
  return new SourceError(`${what} of the topic ${topic} cannot be read: ${type && `${type}: `}${reason}${advice}.`, {
    retryable: ours ? ours.retryable : !PERMANENT.has(type) && !isGroup,
    cause: error,
  })
}

// https://kafka.apache.org/43/design/protocol/#error-codes
const REFUSALS = new Set(['TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED'])
const PERMANENT = new Set([...REFUSALS, 'UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION', 'INVALID_GROUP_ID'])

function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) causes.push(cause)
  return causes
}
