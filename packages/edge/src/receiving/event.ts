import { CausewayError } from '@causeway-aws/auth'
import type { SQSRecord } from 'aws-lambda'

/** The event is not one of SQS. No message of it was processed. */
export class EventError extends CausewayError {
  constructor(fault: string) {
    super(`The event is not one that Lambda makes from an SQS queue: ${fault}; see to the function's trigger.`, {
      code: 'EventError',
    })
  }
}

/**
 * The records of an SQS event. Written out, since a schema would take a tenth of what receiving the event takes. Whatever
 * else a record holds is AWS's to add.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 *
 * @throws {EventError} naming the first field that is not what it has to be, never its value.
 */
export function recordsOf(event: unknown): readonly SQSRecord[] {
  if (!isObject(event)) throw new EventError('it must be an object')
  const { Records: records } = event
  if (records === undefined) throw new EventError('Records is missing')
  if (!Array.isArray(records)) throw new EventError('Records must be a list')
  for (const [position, record] of records.entries()) {
    const fault = recordFault(record)
    if (fault !== undefined) throw new EventError(`Records.${position}${fault}`)
  }
  return records
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
