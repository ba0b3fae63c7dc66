import { randomUUID } from 'node:crypto'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { App, VendedCredentials } from '@causeway-aws/grants/apps'

type LargeBodies = App['bodies'][number]

/** As much as S3 takes by one request: https://docs.aws.amazon.com/AmazonS3/latest/userguide/upload-objects.html */
const largestObject = 5 * 1024 ** 3
const mostAtOnce = 20

/** EchoStream's clients compress what they store. So marked, whoever gets it by its URL has it as it was. */
const encoding = { 'Content-Encoding': 'gzip' }

/** The app may have no such storage, or not so much of it at once. Its code says so to whoever asked. */
class BulkDataRefused extends Error {
  readonly code = 'BulkDataRefused'
}

/**
 * Objects to be, under a prefix of the app's, each with what stores it and what gets it. All that is signed by a session of
 * the app, and ends with it.
 */
export async function bulkDataStorage(
  app: App,
  count: number,
  vend: () => Promise<VendedCredentials>,
): Promise<object[]> {
  if (count < 1 || count > mostAtOnce) throw new BulkDataRefused(`count must be 1 to ${mostAtOnce}.`)
  const { bucket: Bucket, prefix, keyArn } = bodiesOf(app)
  const { expiration, ...credentials } = await vend()
  const client = new S3Client({
    // A bucket and its key are of one region.
    region: keyArn.split(':')[3] ?? '',
    credentials,
    // Else the URL holds the checksum of an empty body, and takes no other.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const end = Math.floor(Date.parse(expiration) / 1_000)
  const expiresIn = end - Math.floor(Date.now() / 1_000)
  const signed = (command: GetObjectCommand | PutObjectCommand) => getSignedUrl(client, command, { expiresIn })
  const storage = async () => {
    const object = { Bucket, Key: `${prefix}${randomUUID()}` }
    const { url, fields } = await createPresignedPost(client, {
      ...object,
      Fields: encoding,
      Conditions: [['content-length-range', 0, largestObject]],
      Expires: expiresIn,
    })
    return {
      expiration: end,
      presignedGet: await signed(new GetObjectCommand(object)),
      presignedPost: { url, fields: JSON.stringify(fields) },
      presignedPut: {
        url: await signed(new PutObjectCommand({ ...object, ContentEncoding: 'gzip' })),
        headers: JSON.stringify(encoding),
      },
    }
  }
  return Promise.all(Array.from({ length: count }, storage))
}

/** Where the app may both store and read: what it has stored, it is to get by a URL, too. */
function bodiesOf({ app, bodies }: App): LargeBodies {
  const found = bodies.find(
    ({ access, bucket, prefix }) =>
      access === 'send' &&
      bodies.some((other) => other.access === 'receive' && other.bucket === bucket && other.prefix === prefix),
  )
  if (found !== undefined) return found
  throw new BulkDataRefused(
    `The app ${app} has no prefix for large bodies that it may both send to and receive from. Ask who has registered it.`,
  )
}
