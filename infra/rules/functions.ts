import { isObject, type Problem, referent, resourcesOf, type Template } from './template.ts'

/** A function runs as a role of the template, logs to a group that forgets, and has time to finish a batch. */
export function* functions(template: Template): Generator<Problem> {
  const groups = new Map(resourcesOf(template, 'AWS::Logs::LogGroup'))
  for (const [id, { LoggingConfig }] of resourcesOf(template, 'AWS::Lambda::Function')) {
    const group = groups.get((isObject(LoggingConfig) && referent(LoggingConfig.LogGroup)) || '')
    if (group?.RetentionInDays === undefined) {
      yield {
        where: `Resources.${id}`,
        message: 'needs LoggingConfig.LogGroup with a log group of this template that has RetentionInDays',
      }
    }
  }
  yield* batches(template)
}

/**
 * For how many seconds a FIFO queue takes a message once. What a function has sent that was killed, the next run of its
 * message sends again: after the visibility timeout, and within its own timeout.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html
 */
const deduplication = 300

/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
function* batches(template: Template): Generator<Problem> {
  const queues = new Map(resourcesOf(template, 'AWS::SQS::Queue'))
  const functions = new Map(resourcesOf(template, 'AWS::Lambda::Function'))
  for (const [id, mapping] of resourcesOf(template, 'AWS::Lambda::EventSourceMapping')) {
    // What Kafka brings is tried again whole, unless pollers are paid for by the hour:
    // https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
    const isKafka = mapping.Topics !== undefined
    if (!isKafka && JSON.stringify(mapping.FunctionResponseTypes ?? []) !== '["ReportBatchItemFailures"]') {
      yield {
        where: `Resources.${id}`,
        message: 'must report batch item failures, or one message fails its whole batch',
      }
    }
    const queue = queues.get(referent(mapping.EventSourceArn) ?? '')
    if (queue === undefined) continue
    const timeout = functions.get(referent(mapping.FunctionName) ?? '')?.Timeout ?? 3
    const visibility = queue.VisibilityTimeout ?? 30
    if (Number(visibility) < 6 * Number(timeout)) {
      yield {
        where: `Resources.${referent(mapping.EventSourceArn)}.VisibilityTimeout`,
        message: `is ${visibility} s, less than six times the function's timeout of ${timeout} s`,
      }
    }
    if (Number(visibility) + Number(timeout) >= deduplication) {
      yield {
        where: `Resources.${referent(mapping.EventSourceArn)}.VisibilityTimeout`,
        message: `is ${visibility} s, and with the function's timeout of ${timeout} s not less than SQS's ${deduplication} s of deduplication`,
      }
    }
  }
}
