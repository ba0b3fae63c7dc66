import { join } from 'node:path'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { externalId } from '@causeway-aws/auth'
import { type AccountName, accountIds, type ClientOptions, clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { root } from '../../sandbox.ts'

type Outputs = Record<string, string>

/** What a reader sends to, and how one is deployed. */
export interface ReaderStacks {
  readonly home: ClientOptions
  readonly partner: ClientOptions
  /**
   * Deploys a role of the partner that may read what is shared, and a reader in home that has an ExternalId: the right
   * one, or another that is given. Answers the function's name.
   */
  reader(name: string, template: string, shared: Outputs, read: Outputs, given?: string): Promise<string>
  /** Has the function plan. */
  plan(functionName: string): Promise<unknown>
  /** So many messages that arrive at the edge, by their groups, in the order in which they do. */
  arrived(count: number): Promise<Map<string, string[]>>
}

export async function readerStacks(sandbox: Sandbox): Promise<ReaderStacks> {
  const home = clientOptions(await sandbox.credentials('home'))
  const partner = clientOptions(await sandbox.credentials('partner'))
  const stack = async (account: AccountName, name: string, template: string, parameters: Outputs): Promise<Outputs> => {
    const file = join(root, 'infra', template)
    return (await sandbox.deploy({ account, stack: name, template: file, parameters })).outputs
  }
  // An edge whose function takes nothing.
  const edge = await stack('home', 'read', 'edge.yaml', {
    EdgeName: 'read',
    MessageType: 'order',
    TriggerEnabled: 'false',
    Routes: '{"*":{"processor":"process"}}',
  })

  return {
    home,
    partner,
    async reader(name, template, shared, read, given) {
      const id = externalId()
      const role = await stack('partner', `${name}-role`, 'partner/reader-role.yaml', {
        RoleName: `${name}-reader`,
        ReaderAccountId: accountIds.home,
        ExternalIds: id,
        ...shared,
      })
      const secrets = new SecretsManagerClient(home)
      const { ARN = '' } = await secrets.send(new CreateSecretCommand({ Name: name, SecretString: given ?? id }))
      const { FunctionName = '' } = await stack('home', `${name}-reader`, template, {
        ReaderName: name,
        RoleArn: role.RoleArn ?? '',
        ExternalIdArn: ARN,
        TargetQueueUrl: edge.QueueUrl ?? '',
        TargetQueueArn: edge.QueueArn ?? '',
        TargetKeyArn: edge.KeyArn ?? '',
        MessageType: 'order',
        ...read,
      })
      return FunctionName
    },

    async plan(FunctionName) {
      const { Payload = [], FunctionError } = await new LambdaClient(home).send(
        new InvokeCommand({ FunctionName, Payload: '{"plan":true}' }),
      )
      const answer = JSON.parse(Buffer.from(Payload).toString())
      if (FunctionError) throw new Error(answer.errorMessage)
      return answer
    },

    async arrived(count) {
      const sqs = new SQSClient(home)
      const groups = new Map<string, string[]>()
      let size = 0
      for (const end = performance.now() + 60_000; size < count && performance.now() < end; ) {
        const { Messages = [] } = await sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: edge.QueueUrl,
            MaxNumberOfMessages: 10,
            WaitTimeSeconds: 1,
            MessageSystemAttributeNames: ['MessageGroupId'],
          }),
        )
        for (const { Body = '', Attributes } of Messages) {
          const group = Attributes?.MessageGroupId ?? ''
          groups.set(group, [...(groups.get(group) ?? []), Body])
        }
        size += Messages.length
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: `${index}`, ReceiptHandle }))
        if (Entries.length > 0) await sqs.send(new DeleteMessageBatchCommand({ QueueUrl: edge.QueueUrl, Entries }))
      }
      return groups
    },
  }
}
