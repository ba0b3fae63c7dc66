import { S3Client } from '@aws-sdk/client-s3'
import { clientDefaults, text } from '@causeway-aws/handler'
import { delimiterSchema, s3Source } from '@causeway-aws/readers'
import { byPartition, createReaderHandler } from '@causeway-aws/readers/function'
import * as v from 'valibot'
import { planAnnounced } from './announced.ts'
import { format } from './format.ts'
import { trueOrFalse } from './true-or-false.ts'

/** Reads the objects under a prefix of a bucket, and sends each record to an edge. */
export const handler = createReaderHandler({
  name: 's3-reader',
  configuration: {
    bucket: text({ example: 'partner-exports' }),
    prefix: text({ example: 'orders/', default: '' }),
    bucketOwner: text({ example: '222222222222', default: '' }),
    format,
    delimiter: v.optional(delimiterSchema, ','),
    header: trueOrFalse(true),
    versions: trueOrFalse(false),
  },
  drainable: ({ bucket, prefix, bucketOwner, format, delimiter, header, versions }, client) =>
    byPartition(
      s3Source({
        bucket,
        prefix,
        format,
        delimiter,
        header,
        versions,
        ...(bucketOwner !== '' && { bucketOwner }),
        client: new S3Client({ ...clientDefaults, ...client }),
      }),
    ),
  mapped: (event, reader, { config: { bucket, prefix, versions }, ...invocation }) =>
    planAnnounced(event, { bucket, prefix, versions }, reader, invocation),
})
