import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole } from '@causeway-aws/auth'
import { createEdge, createLargeBodies, type Edge, type LargeBodies } from '@causeway-aws/edge'
import { accountIds } from '@causeway-aws/sandbox'
import type { DemoContext } from './flow.ts'

/** The partner, in the role in home that it assumes with its ExternalId. */
export interface PartnerSender {
  client: SQSClient
  edge: Edge
  largeBodies: LargeBodies
}

/** What the partner sends to home's edge with. The role is assumed with the first request. */
export function partnerSender({ stacks: { orders, externalId }, accounts }: DemoContext): PartnerSender {
  const sts = new STSClient(accounts.partner)
  const roleArn = orders.senderRoleArn
  const session = {
    ...accounts.partner,
    credentials: assumedRole({ roleArn, externalId, sessionName: 'causeway-demo', sts }),
  }
  const client = new SQSClient(session)
  const largeBodies = createLargeBodies({
    bucket: orders.bodiesBucket,
    prefix: orders.bodiesPrefix,
    bucketOwner: accountIds.home,
    kmsKeyId: orders.keyArn,
    client: session,
  })
  return { client, largeBodies, edge: createEdge({ queueUrl: orders.queueUrl, client, largeBodies }) }
}
