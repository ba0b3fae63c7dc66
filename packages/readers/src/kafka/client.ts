import { readFileSync } from 'node:fs'
import { type CredentialProvider, InvalidOptions, kafkaToken, parseOptions } from '@causeway-aws/auth'
import { Kafka, logLevel } from 'kafkajs'
import * as v from 'valibot'
import { useCodecs } from './codecs.ts'
import { mindConnections } from './connections.ts'
import { quietQueue } from './quiet-queue.ts'

/** Which cluster, and as whom. */
export interface KafkaClientOptions {
  /** Its brokers, as GetBootstrapBrokers answers them: `b-1.orders.abc123.c2.kafka.eu-west-1.amazonaws.com:9098`. */
  readonly brokers: readonly string[]
  /** Its region, which the tokens are for. */
  readonly region: string
  /** Who connects: `assumedRole` in the account of a partner. Default: what the environment or the profile gives. */
  readonly credentials?: CredentialProvider
  /** PEM file of who signed the brokers' certificates. Default: who Node trusts, which holds for MSK. */
  readonly certificateAuthority?: string
}

const optionsSchema = v.strictObject({
  brokers: v.pipe(
    v.array(v.pipe(v.string(), v.regex(/^[\w.-]+:\d{1,5}$/, 'must be brokers: NAME:PORT'))),
    v.minLength(1, 'must be one broker or more'),
  ),
  region: v.string('must be a region: eu-west-1'),
  credentials: v.exactOptional(v.custom<CredentialProvider>((value) => typeof value === 'function')),
  certificateAuthority: v.exactOptional(v.string('must be a path')),
})

/**
 * A client for an MSK cluster with IAM access control: TLS, tokens of the credentials, all codecs of Kafka, and no log.
 *
 * @throws {InvalidOptions} naming the option.
 * @see https://docs.aws.amazon.com/msk/latest/developerguide/iam-access-control.html
 *
 * @example
 * ```ts
 * import { assumedRole, secret } from '@causeway-aws/auth'
 * import { kafkaClient } from '@causeway-aws/readers'
 *
 * export const client = kafkaClient({
 *   brokers: ['b-1.orders.abc123.c2.kafka.eu-west-1.amazonaws.com:9098'],
 *   region: 'eu-west-1',
 *   credentials: assumedRole({
 *     roleArn: 'arn:aws:iam::222222222222:role/orders-reader',
 *     externalId: secret('env:EXTERNAL_ID'),
 *   }),
 * })
 * ```
 */
export function kafkaClient(options: KafkaClientOptions): Kafka {
  const { brokers, certificateAuthority, ...identity } = parseOptions('kafkaClient', optionsSchema, options)
  quietQueue()
  mindConnections()
  useCodecs()
  return new Kafka({
    clientId: 'causeway',
    brokers,
    ssl: certificateAuthority === undefined ? true : { ca: [authority(certificateAuthority)] },
    sasl: { mechanism: 'oauthbearer', oauthBearerProvider: kafkaToken(identity) },
    // A new token is fetched so long before the last ends, which is a quarter of an hour at most.
    reauthenticationThreshold: 10_000,
    logLevel: logLevel.NOTHING,
  })
}

function authority(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new InvalidOptions(`kafkaClient: certificateAuthority ${file} cannot be read.`)
  }
}
