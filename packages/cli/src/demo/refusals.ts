import { setTimeout as sleep } from 'node:timers/promises'
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts'
import { assumedRole, policies } from '@causeway-aws/auth'
import { accountIds } from '@causeway-aws/sandbox'
import type { DemoContext, Flow, Step } from './flow.ts'

/** Every wrong way in, and the error that AWS answers. Plain SDK calls, since these are not ours to make nicer. */
export const refusals: Flow = {
  name: 'refusals',
  title: 'The wrong caller is refused',
  independent: true,
  steps: (context) => [...wrongAssumptions(context), ...wrongCalls(context)],
}

/** Who may not assume the role at all. */
function wrongAssumptions({ accounts: { home, partner }, stacks }: DemoContext): Step[] {
  const { senderRoleArn: roleArn } = stacks.orders
  const attempt = (
    title: string,
    caller: typeof partner,
    input: () => Promise<Partial<AssumeRoleCommandInput>>,
  ): Step => ({
    title,
    refusal: 'AccessDenied',
    run: async () => new STSClient(caller).send(assume({ RoleArn: roleArn, ...(await input()) })),
  })
  return [
    attempt('wrong ExternalId', partner, async () => ({ ExternalId: `${await stacks.externalId.value()}x` })),
    attempt('no ExternalId', partner, async () => ({})),
    attempt('account not trusted', home, async () => ({ ExternalId: await stacks.externalId.value() })),
    attempt('no such role', partner, async () => ({
      ExternalId: await stacks.externalId.value(),
      RoleArn: `${roleArn}-2`,
    })),
    {
      title: 'root key',
      refusal: 'RootCannotAssumeRole',
      async run() {
        // The emulator takes an account's id as the access key of its root user.
        const credentials = { accessKeyId: accountIds.partner, secretAccessKey: 'unchecked' }
        const sts = new STSClient({ ...partner, credentials })
        await assumedRole({ roleArn, externalId: await stacks.externalId.value(), sts })()
      },
    },
  ]
}

/** What the session of a sender, or a caller without one, may not do with the edge. */
function wrongCalls({ accounts: { partner }, stacks: { orders, answers, externalId } }: DemoContext): Step[] {
  const sessionOf = async (input: Partial<AssumeRoleCommandInput> = {}) => {
    const { Credentials } = await new STSClient(partner).send(
      assume({ RoleArn: orders.senderRoleArn, ExternalId: await externalId.value(), ...input }),
    )
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
    return new SQSClient({ ...partner, credentials })
  }
  const send = new SendMessageCommand({
    QueueUrl: orders.queueUrl,
    MessageBody: 'order 1003',
    MessageGroupId: 'demo',
    MessageDeduplicationId: 'order 1003',
  })
  const receive = new ReceiveMessageCommand({ QueueUrl: orders.queueUrl })
  return [
    {
      title: 'expired session',
      refusal: 'ExpiredToken',
      async run() {
        const client = await sessionOf({ DurationSeconds: 1 }) // AWS gives 900 s at least, the emulator what it is asked for
        await sleep(1_100)
        await client.send(send)
      },
    },
    {
      title: 'outside the session policy',
      refusal: 'AccessDenied',
      async run() {
        const client = await sessionOf({
          Policy: JSON.stringify(policies.edgeSend({ queueArn: answers.queueArn, keyArn: answers.keyArn })),
        })
        await client.send(send)
      },
    },
    {
      title: "not in the edge's policy",
      refusal: 'AccessDenied',
      run: () => new SQSClient(partner).send(send),
    },
    {
      title: 'sender that receives',
      refusal: 'AccessDenied',
      run: async () => (await sessionOf()).send(receive),
    },
  ]
}

const assume = (input: Omit<AssumeRoleCommandInput, 'RoleSessionName'>) =>
  new AssumeRoleCommand({ RoleSessionName: 'causeway-demo', ...input } as AssumeRoleCommandInput)
