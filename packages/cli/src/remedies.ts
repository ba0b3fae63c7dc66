import type { AwsRequest } from './aws-request.ts'
import { foreignTable, missingTable } from './checkpoint-table.ts'
import { defaultTable } from './default-table.ts'
import { mindTheQueue } from './edge-queue.ts'

/**
 * What to do about what AWS has answered, where that is the same whoever asks.
 *
 * @param checkpoints The table that checkpoints are kept in, if any.
 */
export function remedyOf({ name, message }: Error, request: AwsRequest, checkpoints?: string): string | undefined {
  const [service = ''] = request.action.split(':')
  const isOfCheckpoints = service === 'dynamodb' && request.resource === checkpoints
  if (isMarkedForDeletion.test(message)) return restoring(request)
  if (name === 'ResourceNotFoundException') return (isOfCheckpoints ? missingTable : missing[service])?.(request)
  if (isOfBoundary.test(message))
    return 'Give --boundary the output BoundaryArn of the stack of infra/credentials.yaml.'
  if (name === 'ValidationException' && service === 'dynamodb' && isOfKeys.test(message))
    return (isOfCheckpoints ? foreignTable : otherTable)(request)
  return remedies[name]
}

const isMarkedForDeletion = /marked for deletion/

/** What IAM says of a permissions boundary that is not there. */
const isOfBoundary = /^Scope ARN: /

/** What DynamoDB says of keys that a table does not have. */
const isOfKeys = /key schema element|does not match the schema/

const restoring = ({ resource }: AwsRequest): string =>
  `Somebody has deleted it; for some days it is given back: aws secretsmanager restore-secret --secret-id ${resource}`

const missing: Readonly<Record<string, (request: AwsRequest) => string>> = {
  dynamodb: ({ resource, region = 'that region' }) =>
    `Your own account has no such table in ${region}: make it by infra/grants.yaml${resource === defaultTable ? '' : ` (TableName=${resource})`}, or see that --table, --region and your credentials are right.`,
  secretsmanager: ({ region = 'that region' }) =>
    `Your own account has no such secret in ${region}: see that its name, the region and your credentials are right; or somebody has deleted it.`,
}

const otherTable = ({ resource }: AwsRequest): string =>
  `${resource} is another table than infra/grants.yaml makes; give that by --table.`

const remedies: Readonly<Record<string, string>> = {
  NoSuchBucket: '`aws s3 ls` shows the buckets of your own account.',
  NoSuchKey: 'It was there when the bucket was listed; run the command again.',
  NotFoundException: 'Give the ARN of a key, and mind its account and region.',
  UnsupportedOperationException: 'An audit is signed by a key for signatures, the output SigningKeyArn of its stack.',
  QueueDoesNotExist: mindTheQueue,
  InvalidClientTokenId: 'Your access key is not one of this AWS; `aws sts get-caller-identity` tries it.',
  ExpiredToken: 'Your credentials have expired; get new ones.',
  ExpiredTokenException: 'Your credentials have expired; get new ones.',
}
