import { KMSClient } from '@aws-sdk/client-kms'
import { S3Client } from '@aws-sdk/client-s3'
import { clientDefaults, createHandler, text } from '@causeway-aws/handler'
import type { ScheduledEvent } from 'aws-lambda'
import { digestUpToNow } from './digest-up-to-now.ts'

/** Signs, on a schedule, how far the chains of an audit have come. */
export const handler = createHandler(
  {
    name: 'audit-digest',
    configuration: {
      bucket: text({ example: 'example-audit' }),
      bucketOwner: text({ example: '111111111111' }),
      prefix: text({ default: '' }),
      signingKey: text({ example: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab' }),
      replacedSigningKey: text({ default: '' }),
    },
    clients: { s3: () => new S3Client(clientDefaults), kms: () => new KMSClient(clientDefaults) },
  },
  (
    _event: ScheduledEvent,
    { config: { signingKey, replacedSigningKey, ...place }, clients: { s3, kms }, ...invocation },
  ) => {
    const keys = { keyId: signingKey, ...(replacedSigningKey !== '' && { replacedKeyId: replacedSigningKey }) }
    return digestUpToNow({ ...place, ...keys, client: s3, kms }, invocation)
  },
)
