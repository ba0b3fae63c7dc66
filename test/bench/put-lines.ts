import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'

/** Puts an object of so many lines of 1,000 bytes into the bucket `partner-exports`. */
export async function putLines(endpoint: string, Key: string, lines: number): Promise<void> {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' }
  const client = new S3Client({ endpoint, region: 'eu-west-1', credentials, forcePathStyle: true })
  const Body = Buffer.alloc(lines * 1_000, `${'x'.repeat(999)}\n`)
  await client.send(new PutObjectCommand({ Bucket: 'partner-exports', Key, Body }))
  client.destroy()
}
