import type { CompletedPart, PutObjectCommandInput } from '@aws-sdk/client-s3'
import { closingAfter } from '../receiving/closing.ts'
import { untilAborted } from '../until-aborted.ts'
import type { S3 } from './open-s3.ts'

/** An object that is to be, without its content. */
export type NewObject = Omit<PutObjectCommandInput, 'Body'>

/** An object that is uploaded part by part. */
export interface Parts {
  send(part: Buffer): Promise<void>
  complete(): Promise<void>
  /** Cuts what is being sent, and has S3 delete what it has. Waits a second for that at most, once all was aborted. */
  abort(): Promise<void>
}

// The least that S3 takes, and the most of them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
export const partBytes: number = 5 * 1024 ** 2
export const mostParts: number = 10_000

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
export async function beginParts(s3: S3, object: NewObject, signal: AbortSignal | undefined): Promise<Parts> {
  const { client, CreateMultipartUploadCommand, UploadPartCommand } = s3
  const { CompleteMultipartUploadCommand, AbortMultipartUploadCommand } = s3
  const cut = new AbortController()
  const cutting = { abortSignal: signal ? AbortSignal.any([signal, cut.signal]) : cut.signal }
  const checksum = { ChecksumAlgorithm: 'CRC32' } as const // what an upload begins with, each of its parts must have

  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...object, ...checksum }), cutting)
  const { Bucket, Key, ExpectedBucketOwner } = object
  const upload = { Bucket, Key, ExpectedBucketOwner, UploadId }
  const sent: CompletedPart[] = []
  let begun = 0

  return {
    async send(Body) {
      begun += 1
      const PartNumber = begun
      const part = new UploadPartCommand({ ...upload, ...checksum, PartNumber, Body })
      const { ETag, ChecksumCRC32 } = await client.send(part, cutting)
      sent.push({ PartNumber, ETag, ChecksumCRC32 })
    },
    async complete() {
      await client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: sent } }), cutting)
    },
    async abort() {
      cut.abort()
      using closing = signal && closingAfter(signal)
      const aborted = client.send(new AbortMultipartUploadCommand(upload), closing && { abortSignal: closing.signal })
      await untilAborted(aborted, closing?.signal).catch(() => {})
    },
  }
}
