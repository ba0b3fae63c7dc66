import { CausewayError } from '@causeway-aws/auth'
import type { Failure } from '@causeway-aws/edge'
import { SourceError } from '../source-error.ts'

/**
 * Why Kafka did not do what it was asked for, in its words, or in those of the credentials that were refused; and whether
 * it may go well another time.
 *
 * @example
 * ```ts
 * import { kafkaFailure } from '@causeway-aws/readers'
 *
 * export const sentence = (error: unknown): string => `The topics cannot be listed: ${kafkaFailure(error).reason}.`
 * ```
 */
export function kafkaFailure(error: unknown): Failure {
  const [first, ...causes] = causesOf(error)
  const ours = [first, ...causes].find((cause) => cause instanceof CausewayError)
  const last = ours ?? causes.at(-1) ?? first
  const type = last && 'type' in last && typeof last.type === 'string' ? last.type : ''
  // All that kafkajs says of a group that the caller has no right to.
  const isGroup = last !== undefined && isWithoutCoordinator(last)
  const reason = last?.message.replace(/\.$/, '') ?? 'Kafka failed'
  const missing = isGroup ? groupActions : needed.get(type)
  const advice = missing === undefined ? '' : `; the caller ${isGroup ? 'may lack' : 'lacks'} ${missing}`
  return {
    reason: `${type && `${type}: `}${reason}${advice}`,
    retryable: ours ? ours.retryable : !PERMANENT.has(type) && !isGroup,
    cause: error,
  }
}

/** What a failure says of a topic, to who may have been answered before: a broker that was killed knows no group at first. */
export function kafkaError(topic: string, what: string, error: unknown, wasAnswered = false): SourceError {
  if (error instanceof SourceError) return error
  const { reason, retryable } = kafkaFailure(error)
  return new SourceError(`${what} of the topic ${topic} cannot be read: ${reason}.`, {
    retryable: retryable || (wasAnswered && causesOf(error).some(isWithoutCoordinator)),
    cause: error,
  })
}

/** After how many failures kafkajs is believed that a group has no coordinator: it says so of a connection that broke, too. */
export const failuresUntilBelieved = 3

const groupActions = 'kafka-cluster:DescribeGroup or kafka-cluster:AlterGroup on the group'

/** What is missing, as `policies.kafkaRead` allows it. https://kafka.apache.org/43/design/protocol/#error-codes */
const needed: ReadonlyMap<string, string> = new Map([
  ['TOPIC_AUTHORIZATION_FAILED', 'kafka-cluster:DescribeTopic or kafka-cluster:ReadData on the topic'],
  ['GROUP_AUTHORIZATION_FAILED', groupActions],
])
const PERMANENT = new Set([
  ...needed.keys(),
  'UNKNOWN_TOPIC_OR_PARTITION',
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_GROUP_ID',
])

const isWithoutCoordinator = ({ name }: Error): boolean => name === 'KafkaJSGroupCoordinatorNotFound'

function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let cause = error; cause instanceof Error && causes.length < 10; cause = cause.cause) causes.push(cause)
  return causes
}
