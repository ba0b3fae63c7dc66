import type { SQSClient } from '@aws-sdk/client-sqs'

/** What AWS was asked for: the action, as policies name it, and what it was asked of. */
export interface AwsRequest {
  action: string
  resource: string
  /** The account that had to own the bucket, where that was asked for. */
  owner?: string
  region?: string
}

type Input = Readonly<Record<string, unknown>>

const requests = new WeakMap<object, AwsRequest>()

/** What was asked for when AWS, or the way to it, failed with this error; undefined when no client of {@link remembering} was. */
export const requestOf = (error: object): AwsRequest | undefined => requests.get(error)

/** Has a client remember what each of its errors was the answer to, as the SDK's own errors do not say. */
export function remembering<Client extends { middlewareStack: unknown }>(client: Client): Client {
  // Every client's stack is the same but for the types of its inputs.
  const { middlewareStack: stack, config } = client as unknown as Pick<SQSClient, 'config' | 'middlewareStack'>
  stack.add(
    (next, { clientName = '', commandName = '' }) =>
      async (args) => {
        try {
          return await next(args)
        } catch (error) {
          if (typeof error === 'object' && error !== null) {
            const input: Input = { ...args.input }
            const action = actionOf(clientName, commandName)
            const { ExpectedBucketOwner: owner } = input
            const region = await config.region().catch(() => undefined) // none is set, which is the error
            requests.set(error, {
              action: ofVersion(action, input),
              resource: resourceOf(input),
              ...(typeof owner === 'string' && { owner }),
              ...(region !== undefined && { region }),
            })
          }
          throw error
        }
      },
    // Outside of the one that asks a bucket's own region.
    { step: 'initialize', priority: 'high', name: 'remembering' },
  )
  return client
}

/** Where an operation is not named as the action that allows it. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html */
const others: Readonly<Record<string, string>> = { 's3:ListObjectVersions': 's3:ListBucketVersions' }

/** `SQSClient`, `SendMessageBatchCommand` -> `sqs:SendMessage` */
function actionOf(clientName: string, commandName: string): string {
  const action = `${clientName.replace('Client', '').toLowerCase()}:${commandName.replace(/(Batch)?Command$/, '')}`
  return others[action] ?? action
}

/** To read a version of an object is another action than to read the current one. */
const ofVersion = (action: string, { VersionId }: Input): string =>
  action === 's3:GetObject' && VersionId !== undefined ? 's3:GetObjectVersion' : action

function resourceOf(input: Input): string {
  const { Bucket, Key, KeyId, QueueUrl, QueueName, EventSourceArn, UUID, TableName, StreamARN, StreamName } = input
  const { FunctionName, SecretId, RoleArn, RoleName } = input
  const [ofItems] = Object.keys(input.RequestItems ?? {}) // BatchGetItem asks several tables, and we one
  if (Bucket !== undefined) return `s3://${Bucket}/${Key ?? ''}`
  if (UUID !== undefined) return `trigger ${UUID}`
  const named = KeyId ?? QueueUrl ?? QueueName ?? EventSourceArn ?? TableName ?? ofItems ?? StreamARN ?? StreamName
  return String(named ?? input.ClusterArn ?? FunctionName ?? SecretId ?? RoleArn ?? RoleName ?? 'AWS')
}
