import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { KinesisClient } from '@aws-sdk/client-kinesis'
import type { KMSClient } from '@aws-sdk/client-kms'
import type { S3Client } from '@aws-sdk/client-s3'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SQSClient } from '@aws-sdk/client-sqs'
import type { STSClient, STSClientConfig } from '@aws-sdk/client-sts'
import type { CredentialProvider } from '@causeway-aws/auth'

/** What every client is made with. */
export type ClientSettings = Pick<
  STSClientConfig,
  'credentials' | 'endpoint' | 'maxAttempts' | 'region' | 'requestHandler' | 'retryStrategy'
>

/** Whom a client is for, where it is not for the caller, and in which region, where that is not the caller's. */
interface For {
  region?: string | undefined
  credentials?: CredentialProvider | undefined
}

/** A client each, made when it is first needed: each SDK takes its time to load. */
export interface GrantClients {
  dynamodb(): Promise<DynamoDBClient>
  secrets(): Promise<SecretsManagerClient>
  sts(whom?: For): Promise<STSClient>
  sqs(whom: For): Promise<SQSClient>
  kms(whom: For): Promise<KMSClient>
  s3(whom: For): Promise<S3Client>
  kinesis(whom: For): Promise<KinesisClient>
}

/** Told of each client that is made, as to watch its errors. */
export type OnClient = <Client extends { middlewareStack: unknown }>(client: Client) => Client

export function grantClients(settings: ClientSettings, onClient: OnClient): GrantClients {
  const once = <Client>(make: () => Promise<Client>) => {
    let made: Promise<Client> | undefined
    return () => {
      made ??= make()
      return made
    }
  }
  const given = ({ region, credentials }: For = {}) => ({
    ...settings,
    ...(region !== undefined && { region }),
    ...(credentials && { credentials }),
  })
  return {
    dynamodb: once(async () => {
      const { DynamoDBClient } = await import('@aws-sdk/client-dynamodb')
      return onClient(new DynamoDBClient(given()))
    }),
    secrets: once(async () => {
      const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
      return onClient(new SecretsManagerClient(given()))
    }),
    async sts(whom) {
      const { STSClient } = await import('@aws-sdk/client-sts')
      return onClient(new STSClient(given(whom)))
    },
    async sqs(whom) {
      const { SQSClient } = await import('@aws-sdk/client-sqs')
      // Else the host of a queue's URL would go before the endpoint that it was told.
      return onClient(new SQSClient({ ...given(whom), useQueueUrlAsEndpoint: false }))
    },
    async kms(whom) {
      const { KMSClient } = await import('@aws-sdk/client-kms')
      return onClient(new KMSClient(given(whom)))
    },
    async s3(whom) {
      const { S3Client } = await import('@aws-sdk/client-s3')
      // A bucket's region is not in its name.
      return onClient(new S3Client({ ...given(whom), followRegionRedirects: true }))
    },
    async kinesis(whom) {
      const { KinesisClient } = await import('@aws-sdk/client-kinesis')
      const { NodeHttpHandler } = await import('@smithy/node-http-handler')
      // By default it speaks HTTP/2, which no emulator without TLS does.
      return onClient(
        new KinesisClient({ ...given(whom), requestHandler: new NodeHttpHandler({ requestTimeout: 30_000 }) }),
      )
    },
  }
}
