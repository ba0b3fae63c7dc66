import { type Checkpoints, fileCheckpoints, memoryCheckpoints } from '@causeway-aws/readers/reading'
import { remembering } from './aws-request.ts'
import type { CheckpointPlace } from './read-options.ts'
import { clientLimits } from './request-limits.ts'

/** Opens what keeps the checkpoints of a source, or what forgets them with the process. */
export async function openCheckpoints(
  place: CheckpointPlace | undefined,
  source: string,
  region: string | undefined,
): Promise<Checkpoints & Partial<AsyncDisposable>> {
  if (place === undefined) return memoryCheckpoints()
  if (place.kind === 'file') return fileCheckpoints({ path: place.name, source })
  const { DynamoDBClient, ResourceNotFoundException } = await import('@aws-sdk/client-dynamodb')
  const { tableCheckpoints } = await import('@causeway-aws/readers')
  const client = remembering(new DynamoDBClient({ ...clientLimits, ...(region !== undefined && { region }) }))
  const checkpoints = tableCheckpoints({ tableName: place.name, client, source })
  // Of no partition: whether there is a table is said before anything is read.
  await checkpoints.get('').catch(async (error) => {
    throw error instanceof ResourceNotFoundException ? noTable(place.name, await client.config.region(), error) : error
  })
  return checkpoints
}

const noTable = (name: string, region: string, cause: Error): Error =>
  new Error(
    `--checkpoint: your own account has no table ${name} in ${region}; make it by \`aws dynamodb create-table --table-name ${name} --region ${region} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH\`, or see that the name and --region are right.`,
    { cause },
  )
