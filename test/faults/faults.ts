import { SendMessageBatchCommand, type SendMessageBatchCommandInput, type SQSClient } from '@aws-sdk/client-sqs'
import type { Answer, Call, Fault } from './proxy.ts'

/** The connection breaks before the request has reached AWS. */
export const reset: Fault = { name: 'reset', befall: ({ reset }) => reset() }

/** AWS does what it was asked to, but its answer does not arrive. */
export const answerLost: Fault = {
  name: 'answer lost',
  async befall({ forward, reset }) {
    await forward()
    reset()
  },
}

/** No answer comes, and the connection stays. */
export const hang: Fault = { name: 'hang', befall: () => {} }

export const unavailable: Fault = refusal('unavailable', 503, 'ServiceUnavailable')
export const internalError: Fault = refusal('internal error', 500, 'InternalFailure')
export const throttling: Fault = refusal('throttling', 400, 'ThrottlingException')
/** SQS's own word for it: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html */
export const requestThrottled: Fault = refusal('request throttled', 400, 'RequestThrottled')

/** Kinesis's words for it, of an iterator and of a session: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html */
export const throughputExceeded: Fault = refusal('throughput exceeded', 400, 'ProvisionedThroughputExceededException')
export const expiredIterator: Fault = refusal('expired iterator', 400, 'ExpiredIteratorException')
export const expiredToken: Fault = refusal('expired token', 400, 'ExpiredTokenException')

/** S3's word for it: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export const slowDown: Fault = refusal('slow down', 503, 'SlowDown')

/** What stands before AWS answers in its own way, with neither a code nor the service's format. */
export const badGateway: Fault = {
  name: 'bad gateway',
  befall: ({ answer }) =>
    answer({ status: 502, headers: { 'content-type': 'text/html' }, body: '<html><h1>502 Bad Gateway</h1></html>' }),
}

/** Of a batch every other entry is accepted, and the first fails inside SQS, as do the others. */
export function halfAccepted(owner: SQSClient): Fault {
  return partlyAccepted(owner, (_, position) => position % 2 === 0)
}

/**
 * Of a batch those entries fail inside SQS that are named, and the others are accepted. What is signed cannot be cut in
 * two, so the accepted ones are sent by the queue's owner.
 */
export function partlyAccepted(owner: SQSClient, fails: (body: string, position: number) => boolean): Fault {
  return {
    name: 'half accepted',
    async befall({ call, answer }) {
      const { QueueUrl, Entries = [] }: SendMessageBatchCommandInput = JSON.parse(call.body)
      const failing = Entries.filter(({ MessageBody = '' }, position) => fails(MessageBody, position))
      const accepted = Entries.filter((entry) => !failing.includes(entry))
      const { Successful = [] } =
        accepted.length === 0 ? {} : await owner.send(new SendMessageBatchCommand({ QueueUrl, Entries: accepted }))
      const Failed = failing.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }))
      answer(json(200, { Successful, Failed }))
    },
  }
}

function refusal(name: string, status: number, code: string): Fault {
  return { name, befall: ({ call, answer }) => answer(errorAnswer(call, status, code)) }
}

/** As the service says it: STS and S3 in XML, SQS in JSON. */
function errorAnswer({ action }: Call, status: number, code: string): Answer {
  const message = 'Injected by the test'
  if (action.endsWith('Object')) {
    const body = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`
    return { status, headers: { 'content-type': 'application/xml' }, body }
  }
  if (action !== 'AssumeRole') return json(status, { __type: `com.amazonaws.sqs#${code}`, message })
  const body = `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Receiver</Type>
    <Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`
  return { status, headers: { 'content-type': 'text/xml' }, body }
}

export function json(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: JSON.stringify(body) }
}
