import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { assumedRole, type CredentialProvider } from '@causeway-aws/auth'
import { createEdge, type Edge, fullJitter } from '@causeway-aws/edge'
import { type Configuration, clientDefaults } from '@causeway-aws/handler'
import type { Checkpoints } from '../checkpoints.ts'
import type { DeliveryOptions } from '../delivery.ts'
import { sendRecords } from '../sinks/edge.ts'
import { failuresTo } from '../sinks/failures-to.ts'
import type { Partition } from '../source.ts'
import { tableCheckpoints } from '../table-checkpoints.ts'
import type { Drainable } from '../work/drainable.ts'
import type { readerConfiguration } from './configuration.ts'

/** What a reader's clients of the source are made with. */
export interface SourceClient {
  readonly region?: string
  readonly credentials?: CredentialProvider
}

/** What a function reads, and what it does with it: the same for all its invocations. */
export interface Reader {
  readonly drainable: Drainable
  readonly delivery: DeliveryOptions<Partition>
  /** Where work items are, and how far each partition was read. Missing where only AWS's mappings bring records. */
  readonly work?: { readonly queue: Edge; readonly checkpoints: Checkpoints }
}

/** As whom, and where, the source is read. */
export function sourceClient(config: Configuration<typeof readerConfiguration>): SourceClient {
  const { roleArn, externalId, sourceRegion: region } = config
  const role = { roleArn, sessionName: 'causeway-reader', ...(externalId && { externalId }) }
  return {
    ...(region !== '' && { region }),
    ...(roleArn !== '' && { credentials: assumedRole(role) }),
  }
}

export function createReader(config: Configuration<typeof readerConfiguration>, drainable: Drainable): Reader {
  const { source } = drainable
  const { target, messageType: type, encoding, targetBodies, failures, failuresBucketOwner } = config
  const { checkpointTable, workQueue } = config
  // An edge tries again by itself, so its client must not. Requests go to this region's endpoint, or to AWS_ENDPOINT_URL.
  const sending = new SQSClient({ ...clientDefaults, useQueueUrlAsEndpoint: false, maxAttempts: 1 })
  // The place of large bodies is the target's: of another edge nobody could read what is there.
  const edge = (queueUrl: string): Edge =>
    createEdge({ queueUrl, client: sending, ...(queueUrl === target && { largeBodies: targetBodies }) })
  const isDestination = failures !== ''
  return {
    drainable,
    delivery: {
      onBatch: sendRecords({ edge: edge(target), source: source.name, type, encoding }),
      ...(isDestination && {
        onFailure: failuresTo({
          destination: failures,
          source: source.name,
          edge,
          client: clientDefaults,
          ...(failuresBucketOwner !== '' && { bucketOwner: failuresBucketOwner }),
        }),
      }),
      // They have to be sent in the time that is left when a work item's is over, even if an edge takes one at a time of them.
      batchRecords: 1_000,
      maxAttempts: 3,
      patience: 300_000,
      backoff: fullJitter(),
    },
    ...(workQueue !== undefined &&
      checkpointTable !== '' && {
        work: {
          queue: edge(workQueue),
          checkpoints: tableCheckpoints({
            tableName: checkpointTable,
            client: new DynamoDBClient(clientDefaults),
            source: source.name,
          }),
        },
      }),
  }
}
