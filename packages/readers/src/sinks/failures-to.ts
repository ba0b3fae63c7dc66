import { PutRecordCommand } from '@aws-sdk/client-kinesis'
import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { InvalidOptions } from '@causeway-aws/auth'
import { createMessage, type Edge, EdgeSendError, requestFailure } from '@causeway-aws/edge'
import type { FailedRecord } from '../delivery.ts'
import { type KinesisOptions, kinesisClient } from '../kinesis/client.ts'
import { streamName, streamPattern } from '../kinesis/stream.ts'
import type { Partition } from '../source.ts'
import { SourceError } from '../source-error.ts'
import { failureLetter } from './failure-letter.ts'
import { idOf } from './record-message.ts'

/** Where records go that fail by themselves, and what is needed to get them there. */
export interface FailuresToOptions {
  /** The URL of an edge's queue, `s3://BUCKET/PREFIX`, or the ARN of a stream, of either account. */
  readonly destination: string
  /** `name` of the source. */
  readonly source: string
  /** Makes the sending end of an edge: asked once, when the destination is one. */
  readonly edge: (queueUrl: string) => Pick<Edge, 'send'>
  /** What clients of S3 and Kinesis are made with: `credentials` of the role where the destination is the partner's. */
  readonly client?: Omit<S3ClientConfig, 'requestHandler'> & KinesisOptions
  /** Account of the bucket. Without it, one that has been deleted and made anew by somebody else is written to. */
  readonly bucketOwner?: string
}

/**
 * Sends a record that fails by itself to where such records go, as the `onFailure` of `read`: JSON with the record in
 * base64, where it was, and why it failed. A record that fails again is the same message, or object, again.
 *
 * @throws {InvalidOptions} when the destination is none.
 *
 * @example
 * ```ts
 * import { SQSClient } from '@aws-sdk/client-sqs'
 * import { createEdge } from '@causeway-aws/edge'
 * import { failuresTo, memoryCheckpoints, read, type Source } from '@causeway-aws/readers'
 *
 * export function print(source: Source): Promise<unknown> {
 *   return read({
 *     source,
 *     checkpoints: memoryCheckpoints(),
 *     onBatch: async (records) => void process.stdout.write(`${records.length} records\n`),
 *     onFailure: failuresTo({
 *       destination: 's3://example-failures/orders/',
 *       source: source.name,
 *       edge: (queueUrl) => createEdge({ queueUrl, client: new SQSClient({ maxAttempts: 1 }) }),
 *     }),
 *   })
 * }
 * ```
 */
export function failuresTo(options: FailuresToOptions): (failure: FailedRecord<Partition>) => Promise<void> {
  const { destination, source } = options
  const send = sendTo(options)
  return async (failure) => {
    const { partition, record } = failure
    await send(failureLetter(source, failure), placeOf(failure)).catch((error) => {
      const { reason, retryable } = requestFailure(error)
      const advice = error instanceof EdgeSendError && error.ofMessages ? '; a bucket takes records of any size' : ''
      const sentence = `${destination} does not take the record at ${record.position} of ${partition.id}, which failed: ${reason}${advice}.`
      throw new SourceError(sentence, { retryable, cause: error })
    })
  }
}

/** What names a letter among all of a source. */
interface Place {
  readonly partition: string
  readonly position: string
}

/** The record at its position may have failed, too, before the rest of its partition did: each has a letter. */
const placeOf = ({ partition: { id }, record: { position, isRest } }: FailedRecord<Partition>): Place => ({
  partition: id,
  position: isRest ? `${position} rest` : position,
})

function sendTo({ destination, source, edge, client = {}, bucketOwner }: FailuresToOptions) {
  if (destination.startsWith('https://') || destination.startsWith('http://')) return toEdge(edge(destination), source)
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z\d.-]{3,63})(?:\/(.*))?$/.exec(destination) ?? []
  if (bucket !== undefined) return toBucket({ bucket, prefix, bucketOwner }, client)
  if (destination.startsWith('arn:') && streamPattern.test(destination)) return toStream(destination, client)
  throw new InvalidOptions(
    `failuresTo: destination must be the URL of a queue, s3://BUCKET/PREFIX or the ARN of a stream, and not "${destination}".`,
  )
}

function toEdge(edge: Pick<Edge, 'send'>, source: string) {
  return async (letter: string, { partition, position }: Place): Promise<void> => {
    const trackingId = idOf([source, partition, position, 'failed'])
    await edge.send([
      createMessage({ type: 'failed-record', body: letter, trackingId, groupId: idOf([source, partition]) }),
    ])
  }
}

function toBucket(
  { bucket, prefix, bucketOwner }: { bucket: string; prefix: string; bucketOwner: string | undefined },
  config: S3ClientConfig,
) {
  let client: S3Client | undefined
  return async (letter: string, { partition, position }: Place): Promise<void> => {
    const { PutObjectCommand, S3Client } = await import('./put-object.ts')
    client ??= new S3Client(config)
    await client.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: keyOf(prefix, partition, position),
        Body: letter,
        ContentType: 'application/json',
        ...(bucketOwner !== undefined && { ExpectedBucketOwner: bucketOwner }),
      }),
    )
  }
}

/** S3 takes keys of 1,024 bytes: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html. The letter says where it was. */
function keyOf(prefix: string, partition: string, position: string): string {
  const name = `/${encodeURIComponent(position)}.json`
  const key = `${prefix}${encodeURIComponent(partition)}${name}`
  return Buffer.byteLength(key) > 1_024 ? `${prefix}${idOf([partition])}${name}` : key
}

function toStream(stream: string, config: KinesisOptions) {
  const client = kinesisClient(config)
  return async (letter: string, { partition }: Place): Promise<void> => {
    await client.send(
      new PutRecordCommand({
        ...streamName(stream),
        Data: Buffer.from(letter),
        PartitionKey: partitionKeyOf(partition),
      }),
    )
  }
}

/** Kinesis takes 256 characters: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html. An object's id may have more. */
const partitionKeyOf = (partition: string): string => (partition.length > 256 ? idOf([partition]) : partition)
