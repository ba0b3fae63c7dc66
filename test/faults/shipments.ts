import { join } from 'node:path'
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, type CredentialProvider } from '@causeway-aws/auth'
import { accountIds, clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { root } from '../sandbox.ts'
import { externalIds } from '../stacks.ts'
import type { FaultProxy } from './proxy.ts'
import { createQueue, sizeOf, type TestQueue } from './queue.ts'

/** An edge in home whose function forwards what a partner sends to a queue of the partner. */
export interface Shipments extends AsyncDisposable {
  readonly queueUrl: string
  /** The role in home that the partner sends under. */
  readonly sender: CredentialProvider
  readonly functionRoleArn: string
  /** The partner's queue, which no function empties. */
  readonly arrivals: TestQueue
  /** How many messages are on the edge, those included that the function has. */
  size(): Promise<number>
}

const [externalId] = externalIds

/** Deploys the edge, with the proxy between its function and AWS. */
export async function deployShipments(sandbox: Sandbox, proxy: FaultProxy): Promise<Shipments> {
  const [home, partner] = await Promise.all([sandbox.credentials('home'), sandbox.credentials('partner')])
  const sqs = new SQSClient(clientOptions(home))
  const arrivals = await createQueue(new SQSClient(clientOptions(partner)), { fifo: true })
  const { outputs } = await sandbox.deploy({
    account: 'home',
    stack: 'shipments',
    template: join(root, 'infra/edge.yaml'),
    parameters: {
      EdgeName: 'shipments',
      MessageType: 'shipment',
      PartnerAccountId: accountIds.partner,
      PartnerExternalIds: externalId,
      Routes: JSON.stringify({ '*': { processor: 'forward', targets: [arrivals.url] } }),
      TargetQueueArns: arrivals.arn,
    },
  })
  const { QueueUrl = '', FunctionName = '', FunctionRoleArn = '', SenderRoleArn = '' } = outputs
  await arrivals.admit([FunctionRoleArn])
  await callThrough(proxy, FunctionName, new LambdaClient(clientOptions(home)))
  // A failed message comes again after this. On AWS it has to be longer than the function runs; the emulator gives a
  // FIFO queue's function one batch at a time.
  await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1' } }))
  return {
    queueUrl: QueueUrl,
    functionRoleArn: FunctionRoleArn,
    sender: assumedRole({ roleArn: SenderRoleArn, externalId, sts: new STSClient(clientOptions(partner)) }),
    arrivals,
    size: () => sizeOf(sqs, QueueUrl),
    [Symbol.asyncDispose]: () => arrivals[Symbol.asyncDispose](),
  }
}

/** Has a function call AWS through the proxy. */
export async function callThrough({ endpoint }: FaultProxy, FunctionName: string, client: LambdaClient): Promise<void> {
  const { Environment } = await client.send(new GetFunctionConfigurationCommand({ FunctionName }))
  const Variables = { ...Environment?.Variables, AWS_ENDPOINT_URL: endpoint }
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }))
  await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 30 }, { FunctionName })
}
