import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge } from '@causeway-aws/edge'
import { failuresTo } from '@causeway-aws/readers'
import { remembering } from './aws-request.ts'
import { UsageError } from './exit.ts'
import type { FailureFlags } from './read-options.ts'
import { clientOptionsOf, type Reader } from './reader-identity.ts'
import { requestLimits } from './request-limits.ts'

/** What is done with records that fail by themselves; undefined where reading is to end there. */
export function failedRecordsTo(
  { errorsTo: destination, errorsAs }: FailureFlags,
  source: string,
  { credentials, region }: Reader,
): ReturnType<typeof failuresTo> | undefined {
  if (errorsAs === 'role' && credentials === undefined) {
    throw new UsageError('--errors-as role: there is no role. Add --role-arn or --grant.')
  }
  if (destination === undefined) return undefined
  const client = clientOptionsOf({ region, credentials: errorsAs === 'role' ? credentials : undefined })
  return failuresTo({
    destination,
    source,
    client: { ...client, requestHandler: requestLimits },
    edge: (queueUrl) => createEdge({ queueUrl, client: remembering(new SQSClient({ ...client, maxAttempts: 1 })) }),
  })
}
