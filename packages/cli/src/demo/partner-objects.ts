import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { recordMessage, s3Source } from '@causeway-aws/readers'
import { accountIds } from '@causeway-aws/sandbox'
import type { Flow } from './flow.ts'
import { sharedDataSteps } from './shared-data.ts'

/** Objects of the partner, read by a function of home. */
export const partnerObjects: Flow = {
  name: 'objects',
  title: "What is in the partner's bucket arrives as messages, line by line",
  steps(context) {
    const { accounts, signal } = context
    const client = new S3Client({ ...accounts.partner, forcePathStyle: true })
    const [bucket, prefix] = ['partner-demo-exports', 'orders/']
    const body = '{"order":1009}'
    return sharedDataSteps(context, {
      name: 'objects',
      what: 'a prefix of a bucket',
      reader: 's3-reader',
      async make() {
        const shared = { BucketName: bucket, Prefix: prefix }
        return { shared, read: { ...shared, BucketOwner: accountIds.partner } }
      },
      // A bucket is given no queue that is not there.
      finish: (deploy) =>
        deploy({
          account: 'partner',
          stack: 'objects-bucket',
          template: 'partner/bucket-notifications.yaml',
          holds: `${bucket}, which tells home of each new object`,
          parameters: {
            BucketName: bucket,
            Prefix: prefix,
            QueueArn: `arn:aws:sqs:${accounts.home.region}:${accountIds.home}:causeway-objects-notifications`,
          },
        }),
      body,
      putting: `puts an object there, gzip, with the line ${body}`,
      async put() {
        const Key = `${prefix}${randomUUID()}.ndjson.gz`
        await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: gzipSync(`${body}\n`) }))
        const source = s3Source({ bucket, prefix: Key, client })
        for await (const object of source.partitions(signal)) {
          for await (const { records } of source.read(object, { start: 'earliest' }, signal)) {
            const [record] = records
            const origin = { source: `s3://${bucket}/${prefix}`, partition: object.id, type: 'order' }
            if (record) return recordMessage(record, origin)
          }
        }
        throw new Error(`${Key} is not there`)
      },
    })
  },
}
