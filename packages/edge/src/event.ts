import { CausewayError } from '@causeway-aws/auth'
import type { SQSRecord } from 'aws-lambda'
import * as v from 'valibot'

/** The event is not one of SQS. No message of it was processed. */
export class EventError extends CausewayError {
  constructor(fault: string) {
    super(`The event is not one that Lambda makes from an SQS queue: ${fault}; see to the function's trigger.`, {
      code: 'EventError',
    })
  }
}

// A schema of objects in objects would copy every record, and take longer than all the rest of `receive`. Whatever
// else a record holds is AWS's to add. https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
const eventSchema = v.object(
  {
    Records: v.array(
      v.custom<SQSRecord>(
        (record) => recordFault(record) === undefined,
        ({ input }) => recordFault(input) ?? '',
      ),
      ' must be a list',
    ),
  },
  ({ expected }) => (expected === 'Object' ? ' must be an object' : ' is missing'),
)

/**
 * The records of an SQS event.
 *
 * @throws {EventError} naming the first field that is not what it has to be, never its value.
 */
export function recordsOf(event: unknown): readonly SQSRecord[] {
  const result = v.safeParse(eventSchema, event, { abortEarly: true })
  if (result.success) return result.output.Records
  const [issue] = result.issues
  throw new EventError(`${v.getDotPath(issue) ?? 'it'}${issue.message}`)
}

function recordFault(record: unknown): string | undefined {
  if (!isObject(record)) return ' must be an object'
  if (typeof record.messageId !== 'string') return '.messageId must be a string'
  if (typeof record.body !== 'string') return '.body must be a string'
  if (typeof record.eventSourceARN !== 'string') return '.eventSourceARN must be a string'
  if (!isObject(record.attributes)) return '.attributes must be an object'
  if (!isObject(record.messageAttributes)) return '.messageAttributes must be an object'
  return undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
