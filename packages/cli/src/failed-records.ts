import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge } from '@causeway-aws/edge'
import type { Partition, ReadOptions } from '@causeway-aws/readers/reading'
import { remembering } from './aws-request.ts'
import { UsageError } from './exit.ts'
import type { FailureFlags } from './read-options.ts'
import { clientOptionsOf, type Reader } from './reader-identity.ts'
import { requestLimits } from './request-limits.ts'

/** What is done with records that fail by themselves; undefined where reading is to end there. */
export async function failedRecordsTo(
  { errorsTo: destination, errorsAs }: FailureFlags,
  source: string,
  { credentials, region }: Reader,
): Promise<ReadOptions<Partition>['onFailure']> {
  if (errorsAs === 'role' && credentials === undefined) {
    throw new UsageError('--errors-as role: there is no role. Add --role-arn or --grant.')
  }
  if (destination === undefined) return undefined
  const client = clientOptionsOf({ region, credentials: errorsAs === 'role' ? credentials : undefined })
  const { failuresTo } = await import('@causeway-aws/readers')
  return failuresTo({
    destination,
    source,
    client: { ...client, requestHandler: requestLimits },
    edge: (queueUrl) => createEdge({ queueUrl, client: remembering(new SQSClient({ ...client, maxAttempts: 1 })) }),
  })
}
