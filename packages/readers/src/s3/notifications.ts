import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type ReceiveMessageResult,
  type SQSClient,
} from '@aws-sdk/client-sqs'
import { requestFailure } from '@causeway-aws/edge'
import * as v from 'valibot'
import { type Patience, persistently } from '../persistently.ts'
import { SourceError } from '../source-error.ts'
import { type ObjectFacts, objectOf, type S3Object } from './object.ts'

/** A queue that a bucket's notifications come to, from S3 itself or by way of EventBridge or a topic of SNS. */
export interface NotificationQueue {
  readonly url: string
  readonly client: SQSClient
}

/** Which objects of which bucket a source reads. */
export interface Scope {
  readonly bucket: string
  readonly prefix: string
  readonly versions: boolean
}

interface Waiting {
  /** When to stop, by `performance.now()`. */
  readonly until: number
  readonly patience: Patience
  readonly signal: AbortSignal
}

/**
 * The objects that a queue names, for a while. A notification is deleted once its objects were taken, and not when they
 * were read: what is not read then is found when the bucket is listed again. One that is no notification of this bucket
 * and prefix, or not whole, is left in the queue, to be given up by it.
 */
export async function* announced(
  scope: Scope,
  { url: QueueUrl, client }: NotificationQueue,
  { until, patience, signal }: Waiting,
): AsyncGenerator<S3Object> {
  const failure = (error: unknown): SourceError => {
    const { reason, retryable } = requestFailure(error)
    return new SourceError(`Notifications in the queue ${QueueUrl} cannot be received: ${reason}.`, {
      retryable,
      cause: error,
    })
  }
  const receive = (left: number): Promise<ReceiveMessageResult> => {
    const WaitTimeSeconds = Math.min(20, Math.ceil(left / 1_000))
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds })
    return persistently({ patience, signal, failure }, () => client.send(command, { abortSignal: signal }))
  }

  for (let left = until - performance.now(); left > 0; left = until - performance.now()) {
    const { Messages = [] } = await receive(left)
    const taken: Message[] = []
    for (const message of Messages) {
      const objects = objectsIn(message.Body ?? '', scope)
      if (objects === undefined) continue
      yield* objects
      taken.push(message)
    }
    if (taken.length === 0) continue
    const Entries = taken.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }))
    const command = new DeleteMessageBatchCommand({ QueueUrl, Entries })
    await persistently({ patience, signal, failure }, () => client.send(command, { abortSignal: signal }))
  }
}

const timestamp = v.pipe(v.string(), v.isoTimestamp())

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
const fromS3 = v.object({
  Records: v.array(
    v.object({
      eventName: v.string(),
      eventTime: timestamp,
      s3: v.object({
        bucket: v.object({ name: v.string() }),
        object: v.object({
          key: v.string(),
          size: v.optional(v.number()),
          eTag: v.optional(v.string()),
          versionId: v.nullish(v.string()),
        }),
      }),
    }),
  ),
})

/** What S3 sends first, when notifications are switched on. */
const testOfS3 = v.object({ Event: v.literal('s3:TestEvent') })

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
const fromEventBridge = v.object({
  source: v.literal('aws.s3'),
  'detail-type': v.string(),
  time: timestamp,
  detail: v.object({
    bucket: v.object({ name: v.string() }),
    object: v.object({
      key: v.string(),
      size: v.optional(v.number()),
      etag: v.optional(v.string()),
      'version-id': v.optional(v.string()),
    }),
  }),
})

const notification = v.pipe(v.string(), v.parseJson(), v.union([fromS3, fromEventBridge, testOfS3]))

/** What a topic of SNS makes of it, unless it delivers raw: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const fromTopic = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ Type: v.literal('Notification'), TopicArn: v.string(), Message: notification }),
  v.transform(({ Message }) => Message),
)

/** One thing that happened in a bucket. */
interface Event {
  readonly isCreation: boolean
  readonly bucket: string
  readonly key: string
  /** Missing where something was deleted, as its size is. */
  readonly etag: string | undefined
  readonly versionId: string | undefined
  readonly size: number | undefined
  readonly modified: Date
}

/**
 * The objects that came, as a notification says, of S3 itself or by way of EventBridge or a topic of SNS, raw or not; or
 * `undefined` where it is none, not for this bucket and prefix, or does not say the size and ETag of what came.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 *
 * @example
 * ```ts
 * import { objectsIn, type S3Object } from '@causeway-aws/readers'
 *
 * export const came = (body: string): S3Object[] | undefined =>
 *   objectsIn(body, { bucket: 'partner-exports', prefix: 'orders/', versions: false })
 * ```
 */
export function objectsIn(body: string, { bucket, prefix, versions }: Scope): S3Object[] | undefined {
  const events = eventsIn(body)
  if (!events?.every((event) => event.bucket === bucket && event.key.startsWith(prefix))) return undefined
  const created = events.filter(({ isCreation }) => isCreation)
  // It would be taken for another object, and an empty one. What came is found when the bucket is listed.
  if (!created.every(saysWhat)) return undefined
  return created.map(({ versionId, ...facts }) => objectOf({ ...facts, versionId: versions ? versionId : undefined }))
}

/** S3 does, of each object that was created. */
const saysWhat = (event: Event): event is Event & ObjectFacts => Boolean(event.etag) && event.size !== undefined

function eventsIn(body: string): Event[] | undefined {
  const { success, output } = v.safeParse(v.union([notification, fromTopic]), body)
  if (!success) return undefined
  if ('Event' in output) return []
  if ('Records' in output) {
    return output.Records.map(({ eventName, eventTime, s3: { bucket, object } }) => ({
      isCreation: eventName.startsWith('ObjectCreated:'),
      bucket: bucket.name,
      // As a form has it: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
      key: new URLSearchParams(`key=${object.key}`).get('key') ?? '',
      etag: object.eTag,
      versionId: object.versionId ?? undefined,
      size: object.size,
      modified: new Date(eventTime),
    }))
  }
  const { bucket, object } = output.detail
  return [
    {
      isCreation: output['detail-type'] === 'Object Created',
      bucket: bucket.name,
      key: object.key,
      etag: object.etag,
      versionId: object['version-id'],
      size: object.size,
      modified: new Date(output.time),
    },
  ]
}
