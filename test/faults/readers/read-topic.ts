import { existsSync } from 'node:fs'
import tls from 'node:tls'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, secret } from '@causeway-aws/auth'
import { kafkaClient, kafkaTopic, read } from '@causeway-aws/readers'
import { fraction } from '../seeded.ts'
import { openGiven } from './given.ts'
import { untilOver } from './reader-process.ts'
import { refusing, type Work } from './refusing.ts'

/** What the reader is told by its only argument, as JSON. Its ExternalId is in the environment. */
export interface ReadingTopic extends Work {
  readonly brokers: readonly string[]
  readonly certificateAuthority: string
  readonly region: string
  readonly roleArn: string
  readonly topic: string
  readonly groupId: string
  readonly maxBytes: number
  readonly sessionTimeout: number
  /** The share of requests that end their connection. */
  readonly resets: number
  /** While this file is there, credentials are refused. */
  readonly refused: string
}

const reading: ReadingTopic = JSON.parse(process.argv[2] ?? '')
const { topic, groupId, maxBytes, sessionTimeout, refused, roleArn, seed, ...cluster } = reading

// Some of the requests to the broker end the connection.
const connect = tls.connect
let requests = 0
tls.connect = ((...args: Parameters<typeof connect>) => {
  const socket = connect(...args)
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean
  socket.write = (...args: unknown[]) => {
    requests += 1
    if (fraction(`${seed} request ${requests}`) > reading.resets) return write(...args)
    socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }))
    return false
  }
  return socket
}) as typeof connect

const given = openGiven(reading.given)
const ending = new AbortController()
process.once('SIGTERM', () => ending.abort())
const session = assumedRole({ roleArn, externalId: secret('env:EXTERNAL_ID'), sts: new STSClient() })
const { brokers, certificateAuthority, region } = cluster
const client = kafkaClient({
  brokers,
  certificateAuthority,
  region,
  async credentials() {
    if (existsSync(refused)) throw new Error('The credentials are refused.')
    return session()
  },
})
{
  await using orders = kafkaTopic({ client, topic, groupId, maxBytes, sessionTimeout, idle: 100 })
  await untilOver(() =>
    read({
      source: orders.source,
      checkpoints: given.watch(orders.checkpoints),
      signal: ending.signal,
      ...refusing(reading, given),
    }),
  )
}
// kafkajs 2.2.4 leaves connections behind that were cut while it used them, which would keep the process.
process.exit()
