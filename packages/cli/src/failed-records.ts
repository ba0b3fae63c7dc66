import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge } from '@causeway-aws/edge'
import { failuresTo } from '@causeway-aws/readers'
import type { Partition, ReadOptions } from '@causeway-aws/readers/reading'
import { remembering } from './aws-request.ts'
import type { ReadFlags } from './read-options.ts'
import { clientOptionsOf, type Reader } from './reader-identity.ts'
import { clientLimits, patience, requestLimits } from './request-limits.ts'

/** Sends records that fail by themselves to where such records go. */
export function failedRecordsTo(
  destination: string,
  as: ReadFlags['errorsAs'],
  source: string,
  { credentials, region }: Reader,
): NonNullable<ReadOptions<Partition>['onFailure']> {
  const client = clientOptionsOf({ region, credentials: as === 'role' ? credentials : undefined })
  return failuresTo({
    destination,
    source,
    client: { ...client, ...clientLimits },
    edge: (queueUrl) => {
      const sqs = new SQSClient({ ...client, requestHandler: requestLimits, maxAttempts: 1 })
      return createEdge({ queueUrl, client: remembering(sqs), patience })
    },
  })
}
