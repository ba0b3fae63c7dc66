import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateStreamCommand, KinesisClient, ListShardsCommand } from '@aws-sdk/client-kinesis'
import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, type Clock, type CredentialProvider, systemClock } from '@causeway-aws/auth'
import { createGrants, type Grant, type Grants } from '@causeway-aws/grants'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterAll, beforeAll } from 'vitest'
import { root, testSandbox } from '../../sandbox.ts'

export const table = 'causeway-grants'
export const home: string = accountIds.home
export const partner: string = accountIds.partner

export const unique = (): string => crypto.randomUUID().slice(0, 8)

/** A policy, as any program reads it. */
// biome-ignore lint/suspicious/noExplicitAny: what is in it is what a test is about
type Policy = any

interface OwnQueue {
  QueueUrl: string
  /** The statements that it has before anything is granted. */
  others: readonly object[]
  policy(): Promise<Policy>
  keyPolicy(): Promise<Policy>
  resource: { kind: 'edge'; queueArn: string; keyArn: string }
}

/** The grants of home, and what both accounts do with them. */
export interface TestGrants {
  ours: ClientOptions
  theirs: ClientOptions
  grants: Grants
  /** Of what is exported; it is gone after the tests. */
  folder: string
  /** What the partner deploys of what it was handed; the ARN of the role. */
  deployed(grant: Grant, by?: Grants): Promise<string>
  /** A stream of the partner. */
  stream(): Promise<string>
  /** A grant of one. */
  askedFor(options?: { until?: Date }, by?: Grants): Promise<Grant>
  externalIdOf(grant: Grant, versionStage?: string): Promise<string>
  /** A queue and a key of ours that no stack has made, with a policy of somebody's. */
  ownQueue(): Promise<OwnQueue>
  roleOf(roleArn: string, externalId?: string): CredentialProvider
  send(queueUrl: string, credentials: CredentialProvider): Promise<unknown>
  shards(streamArn: string, credentials: CredentialProvider): Promise<unknown>
  /** Grants whose process ends right after AWS has done one thing, and before it knows. */
  killedAt(operation: string, clock?: Clock): Grants
}

/** Deploys the table before the tests of a file; all is there from the first of them on. */
export function testGrants(): TestGrants {
  const made = {} as TestGrants
  const sandbox = testSandbox()

  beforeAll(async () => {
    made.ours = clientOptions(await sandbox.credentials('home'))
    made.theirs = clientOptions(await sandbox.credentials('partner'))
    await sandbox.deploy({ template: join(root, 'infra/grants.yaml'), account: 'home', stack: 'grants' })
    made.grants = createGrants({ table, client: made.ours })
    made.folder = await mkdtemp(join(tmpdir(), 'causeway-grants-'))
  })
  afterAll(() => rm(made.folder, { recursive: true }))

  return Object.assign(made, {
    async deployed(grant: Grant, by: Grants = made.grants) {
      const template = join(made.folder, `${grant.id}.json`)
      await writeFile(template, JSON.stringify(await by.export(grant.id, 'template', { heldFor: 0 })))
      const stack = `grant-${grant.id}`
      const { outputs } = await sandbox.deploy({ template, account: 'partner', stack })
      return outputs.RoleArn ?? ''
    },
    async stream() {
      const StreamName = `shared-${unique()}`
      const client = new KinesisClient({ ...made.theirs, requestHandler: new NodeHttpHandler() })
      await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
      return `arn:aws:kinesis:${made.theirs.region}:${partner}:stream/${StreamName}`
    },
    async askedFor(options: { until?: Date } = {}, by: Grants = made.grants) {
      const resource = { kind: 'stream', streamArn: await made.stream() } as const
      return by.create({ name: 'orders', partner, resource, actions: ['read'], ...options })
    },
    async externalIdOf({ externalIdFrom = '' }: Grant, VersionStage = 'AWSCURRENT') {
      const command = new GetSecretValueCommand({ SecretId: externalIdFrom.replace('secret:', ''), VersionStage })
      return (await new SecretsManagerClient(made.ours).send(command)).SecretString ?? ''
    },
    async ownQueue() {
      const sqs = new SQSClient(made.ours)
      const QueueName = `own-${unique()}`
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName }))
      const queueArn = `arn:aws:sqs:${made.ours.region}:${home}:${QueueName}`
      const others = [
        { Sid: 'Somebodys', Effect: 'Deny', Principal: '*', Action: 'sqs:PurgeQueue', Resource: queueArn },
      ]
      const Policy = JSON.stringify({ Version: '2012-10-17', Id: 'kept', Statement: others })
      await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }))
      const { KeyMetadata } = await new KMSClient(made.ours).send(new CreateKeyCommand({}))
      const keyArn = KeyMetadata?.Arn ?? ''
      const policy = async () => {
        const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Policy'] })
        return JSON.parse((await sqs.send(command)).Attributes?.Policy ?? 'null')
      }
      const keyPolicy = async () => {
        const command = new GetKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default' })
        return JSON.parse((await new KMSClient(made.ours).send(command)).Policy ?? 'null')
      }
      return { QueueUrl, others, policy, keyPolicy, resource: { kind: 'edge', queueArn, keyArn } as const }
    },
    roleOf: (roleArn: string, externalId?: string) =>
      assumedRole({
        roleArn,
        sts: new STSClient(externalId === undefined ? made.theirs : made.ours),
        ...(externalId && { externalId }),
        sessionName: `test-${unique()}`,
      }),
    send: (QueueUrl: string, credentials: CredentialProvider) =>
      new SQSClient({ ...made.theirs, credentials }).send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 1' })),
    shards: (StreamARN: string, credentials: CredentialProvider) =>
      new KinesisClient({ ...made.ours, credentials, requestHandler: new NodeHttpHandler() }).send(
        new ListShardsCommand({ StreamARN }),
      ),
    killedAt: (operation: string, clock: Clock = systemClock) =>
      createGrants({
        table,
        clock,
        client: { ...made.ours, maxAttempts: 1 },
        onClient(client) {
          const stack = client.middlewareStack as SQSClient['middlewareStack']
          stack.add(
            (next, { commandName }) =>
              async (args) => {
                const answer = await next(args)
                if (commandName === `${operation}Command`) throw new Error('killed')
                return answer
              },
            { step: 'initialize', name: 'killed' },
          )
          return client
        },
      }),
  })
}
