import { join } from 'node:path'
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  createEdge,
  createLargeBodies,
  createMessage,
  decodeReceivedMessage,
  type LargeBodies,
  withBody,
} from '@causeway-aws/edge'
import { type AccountName, accountIds, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

const sandbox = testSandbox()
const template = join(root, 'infra/edge.yaml')
const role = `arn:aws:iam::${accountIds.home}:role/causeway-forwarded-trigger`

type Outputs = Readonly<Record<string, string>>
let ours: Outputs
let theirs: Outputs

/** Our edge, whose function sends on to the partner's, which has a bucket of its own that names our function's role. */
beforeAll(async () => {
  const EdgeName = 'arrived'
  const naming = { PartnerAccountId: accountIds.home, SenderPrincipalArns: role, TriggerEnabled: 'false' }
  theirs = await deploy('partner', { EdgeName, ...naming })
  const { QueueUrl = '', QueueArn = '', KeyArn = '', BodiesBucketName = '', BodiesPrefix = '' } = theirs
  const place = { bucket: BodiesBucketName, prefix: BodiesPrefix, bucketOwner: accountIds.partner }
  ours = await deploy('home', {
    EdgeName: 'forwarded',
    Routes: JSON.stringify({ '*': { processor: 'forward', targets: [QueueUrl] } }),
    TargetQueueArns: QueueArn,
    TargetKeyArns: KeyArn,
    TargetBodies: JSON.stringify({ [QueueUrl]: place }),
    TargetBodyArns: `arn:aws:s3:::${BodiesBucketName}/${BodiesPrefix}*`,
  })
})

async function deploy(account: AccountName, parameters: Record<string, string>): Promise<Outputs> {
  const { outputs } = await sandbox.deploy({ account, stack: parameters.EdgeName ?? '', template, parameters })
  return outputs
}

/** The large bodies of an edge, for whoever owns it. */
async function bodiesOf(
  account: AccountName,
  { BodiesBucketName = '', BodiesPrefix = '' }: Outputs,
): Promise<LargeBodies> {
  return createLargeBodies({
    bucket: BodiesBucketName,
    prefix: BodiesPrefix,
    bucketOwner: accountIds[account],
    maxInlineBytes: 20_000_000,
    client: clientOptions(await sandbox.credentials(account)),
  })
}

async function arrived(): Promise<string> {
  const client = new SQSClient(clientOptions(await sandbox.credentials('partner')))
  const QueueUrl = theirs.QueueUrl
  const signal = AbortSignal.timeout(30_000)
  for (;;) {
    const MessageSystemAttributeNames = ['MessageGroupId'] as const
    const poll = { QueueUrl, WaitTimeSeconds: 1, MessageAttributeNames: ['All'], MessageSystemAttributeNames }
    const { Messages: [message] = [] } = await client.send(
      new ReceiveMessageCommand({ ...poll, MessageSystemAttributeNames: [...MessageSystemAttributeNames] }),
      { abortSignal: signal },
    )
    if (!message) continue
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message.ReceiptHandle }))
    return (await withBody(decodeReceivedMessage(message), await bodiesOf('partner', theirs), { signal })).body
  }
}

it.each([
  ['that the function reads as text', 2_000_000],
  ['that it does not, and copies', 12_000_000],
])("goes on from our edge's bucket to the partner's, one %s", { timeout: 60_000 }, async (_, bytes) => {
  const options = clientOptions(await sandbox.credentials('home'))
  const client = new SQSClient({ ...options, maxAttempts: 1 })
  const edge = createEdge({ queueUrl: ours.QueueUrl ?? '', client, largeBodies: await bodiesOf('home', ours) })
  const body = `${crypto.randomUUID()} `.repeat(bytes / 37)
  await edge.send([createMessage({ type: 'order', body })])
  expect((await arrived()) === body).toBe(true)
})
