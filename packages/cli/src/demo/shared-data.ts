import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole } from '@causeway-aws/auth'
import type { Message } from '@causeway-aws/edge'
import { accountIds } from '@causeway-aws/sandbox'
import { crossing } from './crossing.ts'
import { stackDeployer } from './deploy-stack.ts'
import type { DemoContext, Step } from './flow.ts'

type Deploy = ReturnType<typeof stackDeployer>

/** What the partner shares, and how a function of home reads it. */
export interface SharedData {
  /** In names: `stream`. */
  name: string
  /** What it is: `a Kinesis stream`. */
  what: string
  reader: 'kinesis-reader' | 's3-reader' | 'kafka-reader'
  /** Makes it, and gives the parameters that name it to the partner's role and to home's reader. */
  make(show: (line: string) => void): Promise<{ shared: Record<string, string>; read: Record<string, string> }>
  /** What is to be made when the reader is there. */
  finish?(deploy: Deploy): Promise<unknown>
  body: string
  /** How it gets there: `puts "order 1008" into it`. */
  putting: string
  /** Puts it there, and gives the message that it becomes. */
  put(): Promise<Message>
}

/** What the partner puts there arrives, by way of home's reader and edge, at the partner's own edge. */
export function sharedDataSteps(context: DemoContext, data: SharedData): Step[] {
  const { accounts, stacks, signal } = context
  const way = crossing(context)
  const log = { functionName: `causeway-${data.name}-reader`, account: 'home' } as const
  let roleArn = ''

  return [
    {
      title: `partner shares ${data.what}, by a role that home assumes with an ExternalId`,
      async run(show) {
        const deploy = stackDeployer(context.sandbox, {
          signal,
          onDeployed: ({ account, stack, holds }) => show(`${account.padEnd(7)}  stack ${stack}: ${holds}`),
        })
        const { shared, read } = await data.make(show)
        const role = await deploy({
          account: 'partner',
          stack: `${data.name}-role`,
          template: 'partner/reader-role.yaml',
          holds: `role ${data.name}-reader`,
          parameters: {
            RoleName: `${data.name}-reader`,
            ReaderAccountId: accountIds.home,
            ReaderPrincipalArns: `arn:aws:iam::${accountIds.home}:role/${log.functionName}`,
            ExternalIds: await stacks.externalId.value(),
            ...shared,
          },
        })
        roleArn = role('RoleArn')
        await deploy({
          account: 'home',
          stack: `${data.name}-reader`,
          template: `${data.reader}.yaml`,
          holds: `${log.functionName} -> orders.fifo`,
          parameters: {
            ReaderName: data.name,
            RoleArn: roleArn,
            ExternalIdArn: await secretOf(context),
            TargetQueueUrl: stacks.orders.queueUrl,
            TargetQueueArn: stacks.orders.queueArn,
            TargetKeyArn: stacks.orders.keyArn,
            MessageType: 'order',
            ...read,
          },
        })
        await data.finish?.(deploy)
      },
    },
    {
      title: `partner ${data.putting}`,
      run: async () => way.begin(await data.put()),
    },
    {
      title: `home's ${data.reader} plans now, and not in a minute, who reads what`,
      log,
      run: () => plan(context, log.functionName),
    },
    { ...way.forwarded('it reads that and sends it to orders.fifo, and edge-trigger on to answers.fifo'), log },
    way.printed(data.body),
    {
      title: 'wrong ExternalId',
      refusal: 'AssumeRoleDenied',
      async run() {
        const externalId = `${await stacks.externalId.value()}x`
        await assumedRole({ roleArn, externalId, sts: new STSClient(accounts.home) })()
      },
    },
  ]
}

/** The ExternalId, where home's readers look it up. */
async function secretOf({ accounts, stacks: { externalId } }: DemoContext): Promise<string> {
  const client = new SecretsManagerClient(accounts.home)
  const Name = 'causeway-demo-external-id'
  const SecretString = await externalId.value()
  try {
    const { ARN = '' } = await client.send(new DescribeSecretCommand({ SecretId: Name }))
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString }))
    return ARN
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name, SecretString }))
    return ARN
  }
}

async function plan({ accounts }: DemoContext, FunctionName: string): Promise<void> {
  const command = new InvokeCommand({ FunctionName, Payload: '{"plan":true}' })
  const { FunctionError, Payload = [] } = await new LambdaClient(accounts.home).send(command)
  if (FunctionError) throw new Error(JSON.parse(Buffer.from(Payload).toString()).errorMessage)
}
