import { setTimeout } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { Patience } from '../persistently.ts'
import type { Batch, From, Source, SourceRecord } from '../source.ts'
import type { Bucket } from './bucket.ts'
import { openContent } from './content.ts'
import { csvRecords, rowEnds } from './csv.ts'
import { delimiterSchema } from './delimiter.ts'
import { ObjectFault } from './fault.ts'
import { announced, type NotificationQueue } from './notifications.ts'
import { objectBy, objectsUnder, type S3Object, versionBy, versionsUnder } from './object.ts'
import { type ObjectPosition, parsePosition, positionPrefix } from './position.ts'
import { type FindEnds, lineEnds, noEnds, Splitter } from './split.ts'
import { storedBytes } from './stored-bytes.ts'

/** What a record of an object is. */
export type S3Format = 'ndjson' | 'lines' | 'csv' | 'whole'

/** How a bucket is followed. */
export interface S3ContinuousOptions {
  /** How often, in milliseconds, the prefix is listed, for what no notification named. Default: 300,000. */
  readonly reconcile?: number
  /** Where notifications of new objects come to, of this bucket and prefix alone. Without it they are found by listing. */
  readonly queue?: NotificationQueue
}

/** Which objects are read, and how. */
export interface S3SourceOptions {
  /** Name of the bucket. */
  readonly bucket: string
  /** What the keys begin with. Default: nothing, and the whole bucket is read. */
  readonly prefix?: string
  /** What the requests are made with: `credentials` of the role where the owner gave one, and the bucket's region. */
  readonly client: S3Client
  /**
   * What a record is: a line that is not empty (`ndjson`), a line (`lines`), a row, as JSON (`csv`), or all there is
   * (`whole`). Default: `ndjson`.
   */
  readonly format?: S3Format
  /** Of CSV: what is between two fields, a character or the word `tab`. Default: a comma. */
  readonly delimiter?: string
  /** Of CSV: whether the first row names the fields, and a record is an object of these. Else it is an array. Default: true. */
  readonly header?: boolean
  /** To go on with what comes until the signal fires. Without it the bucket is read once. */
  readonly continuous?: S3ContinuousOptions
  /** Whether the bucket keeps versions: an object that is replaced is then read to its end. Default: false. */
  readonly versions?: boolean
  /** The account that has to own the bucket, 12 digits. Without it a bucket of that name in any account will do. */
  readonly bucketOwner?: string
  /** The most bytes of a record; one that has more fails by itself. Default: 16 MiB. */
  readonly maxRecordBytes?: number
  /** After how many bytes a batch has enough. Default: 1 MiB. */
  readonly batchBytes?: number
  /** The most records of a batch. Default: 10,000. */
  readonly batchRecords?: number
  /** How long, in milliseconds, S3 may fail or throttle, or credentials be refused that were good, before reading ends with its error. Default: 300,000. */
  readonly patience?: number
}

const count = v.pipe(v.number('must be a number'), v.integer('must be whole'), v.minValue(1, 'must be 1 or more'))

const optionsSchema = v.strictObject({
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  bucket: v.pipe(
    v.string('must be a string'),
    v.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  ),
  prefix: v.optional(v.pipe(v.string('must be a string'), v.maxBytes(1_024, 'must have at most 1024 bytes')), ''),
  client: v.custom<S3Client>((client) => typeof (client as S3Client)?.send === 'function', 'must be an S3 client'),
  format: v.optional(
    v.picklist(['ndjson', 'lines', 'csv', 'whole'], 'must be "ndjson", "lines", "csv" or "whole"'),
    'ndjson',
  ),
  delimiter: v.optional(delimiterSchema, ','),
  header: v.optional(v.boolean('must be true or false'), true),
  continuous: v.optional(
    v.strictObject({
      reconcile: v.optional(count, 300_000),
      queue: v.optional(
        v.strictObject({
          url: v.pipe(v.string('must be a string'), v.url("must be a queue's URL")),
          client: v.custom<SQSClient>(
            (client) => typeof (client as SQSClient)?.send === 'function',
            'must be an SQS client',
          ),
        }),
      ),
    }),
  ),
  versions: v.optional(v.boolean('must be true or false'), false),
  bucketOwner: v.optional(
    v.pipe(v.string('must be a string'), v.regex(/^\d{12}$/, 'must be the 12 digits of an account')),
  ),
  maxRecordBytes: v.optional(count, 16 * 1024 ** 2),
  batchBytes: v.optional(count, 1024 ** 2),
  batchRecords: v.optional(count, 10_000),
  patience: v.optional(count, 300_000),
})

/** What is stored of an object, from an offset on. */
type Stored = (offset: number) => AsyncGenerator<Buffer>

/** Records of an object, and how many bytes of what comes after them have been fetched. */
interface Taken {
  readonly records: readonly SourceRecord[]
  readonly pending: number
}

const findEndsOf: Record<S3Format, (delimiter: string) => FindEnds> = {
  ndjson: () => lineEnds,
  lines: () => lineEnds,
  csv: rowEnds,
  whole: () => noEnds,
}

/**
 * Reads the objects under a prefix of a bucket, each from its first record to its last, in the order of their keys as far
 * as they are not read side by side; once or, `continuous`, as they come. Objects are streamed, those that are gzip or zstd
 * expanded, and read on where they were left: by a ranged request, or by expanding them again up to there.
 *
 * An object that is not what it was when it was listed, or is not whole, has one record that fails and names it. The role
 * needs what `policies.s3Read` allows, with its `versions` where the source has them.
 *
 * @throws {InvalidOptions} naming the option. What it makes throws {@link SourceError}.
 *
 * @example
 * ```ts
 * import { S3Client } from '@aws-sdk/client-s3'
 * import { assumedRole } from '@causeway-aws/auth'
 * import { type S3Object, type Source, s3Source } from '@causeway-aws/readers'
 *
 * const credentials = assumedRole({ roleArn: 'arn:aws:iam::222222222222:role/exports-reader' })
 *
 * export const exports: Source<S3Object> = s3Source({
 *   bucket: 'partner-exports',
 *   prefix: 'orders/',
 *   bucketOwner: '222222222222',
 *   client: new S3Client({ region: 'eu-west-1', credentials }),
 * })
 * ```
 */
export function s3Source(options: S3SourceOptions): Source<S3Object> {
  const parsed = parseOptions('s3Source', optionsSchema, options)
  const { bucket, prefix, format, continuous, versions, maxRecordBytes, batchBytes, batchRecords } = parsed
  const place: Bucket = { ...parsed, patience: new Patience(parsed.patience) }
  const queuePatience = new Patience(parsed.patience)

  function splitterAt({ offset, compression }: ObjectPosition): Splitter {
    return new Splitter({
      findEnds: findEndsOf[format](parsed.delimiter),
      offset,
      prefix: positionPrefix(compression),
      maxBytes: maxRecordBytes,
      text: format !== 'whole',
      skipEmpty: format === 'ndjson' || format === 'csv',
    })
  }

  async function* read(object: S3Object, from: From, signal: AbortSignal): AsyncGenerator<Batch, void> {
    // A listing says when an object was made to the second, and no nearer.
    if ('start' in from && from.start !== 'earliest' && object.modified.getTime() <= from.start.getTime() - 1_000)
      return
    const at: ObjectPosition = 'after' in from ? parsePosition(from.after) : { offset: 0 }
    let position = 'after' in from ? from.after : '0'
    /** How much of what is stored has not been taken. */
    const left = { bytes: object.size }
    async function* stored(offset: number): AsyncGenerator<Buffer> {
      left.bytes = object.size - offset
      for await (const chunk of storedBytes(place, object, offset, signal)) {
        left.bytes -= chunk.length
        yield chunk
      }
    }
    try {
      for await (const { records, pending } of batchesOf(stored, at)) {
        position = records.at(-1)?.position ?? position
        yield { records, position, left: { bytes: left.bytes + pending } }
      }
    } catch (error) {
      if (!(error instanceof ObjectFault)) throw error
      yield { records: [{ position, data: new Uint8Array(), fault: error.message, isRest: true }], position }
    }
  }

  async function* batchesOf(stored: Stored, at: ObjectPosition): AsyncGenerator<Taken> {
    const head = at.offset > 0 && format === 'csv' && parsed.header ? await firstRow(stored) : undefined
    const converted = format === 'csv' ? await csvRecords(parsed, head) : undefined
    const { bytes, compression } = await openContent(stored, at)
    const splitter = splitterAt({ ...at, compression })
    const taken = (): Taken => {
      const records = splitter.take(batchRecords)
      return { records: converted ? converted(records) : records, pending: splitter.pending }
    }
    let fault: ObjectFault | undefined
    try {
      for await (const chunk of bytes) {
        splitter.push(chunk)
        while (splitter.count >= batchRecords || splitter.bytes >= batchBytes) {
          const { records, pending } = taken()
          // All that is stored may have come, and some of it not be expanded yet.
          yield { records, pending: compression === undefined ? pending : Math.max(1, pending) }
        }
      }
    } catch (error) {
      if (!(error instanceof ObjectFault)) throw error
      fault = error
    }
    // What came before a fault is not lost with it.
    if (!fault) splitter.end()
    while (splitter.count > 0) yield taken()
    if (fault) throw fault
  }

  /** The header of an object that is read on in its middle. */
  async function firstRow(stored: Stored): Promise<SourceRecord | undefined> {
    const { bytes } = await openContent(stored, { offset: 0 })
    const splitter = splitterAt({ offset: 0 })
    for await (const chunk of bytes) {
      splitter.push(chunk)
      if (splitter.count > 0) break
    }
    splitter.end()
    return splitter.take(1)[0]
  }

  const listed = (signal: AbortSignal) => (versions ? versionsUnder : objectsUnder)(place, prefix, signal)

  /** All there is, and then what comes until it is time to list it again. */
  async function* following(signal: AbortSignal): AsyncGenerator<S3Object> {
    const { reconcile = 0, queue } = continuous ?? {}
    const until = performance.now() + reconcile
    yield* listed(signal)
    if (queue) yield* announced(parsed, queue, { until, patience: queuePatience, signal })
    else await setTimeout(Math.max(0, until - performance.now()), undefined, { signal })
  }

  return {
    name: `s3://${bucket}/${prefix}`,
    partitionsEnd: true,
    finite: continuous === undefined,
    discovery: 1,
    partitions: continuous ? following : listed,
    find: (id, signal) => (versions ? versionBy : objectBy)(place, id, signal),
    read,
  }
}
