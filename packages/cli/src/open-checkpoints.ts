import { type Checkpoints, fileCheckpoints, memoryCheckpoints } from '@causeway-aws/readers/reading'
import { remembering } from './aws-request.ts'
import { missingTable } from './checkpoint-table.ts'
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
    if (!(error instanceof ResourceNotFoundException)) throw error
    throw new Error(missingTable({ resource: place.name, region: await client.config.region() }), { cause: error })
  })
  return checkpoints
}
