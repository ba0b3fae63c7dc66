import { setTimeout as sleep } from 'node:timers/promises'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { accountIds, clientOptions } from '@causeway-aws/sandbox'
import { expect, it } from 'vitest'
import { createTable } from '../dynamodb.ts'
import { startKinesis } from '../e2e/readers/kinesis-server.ts'
import { testSandbox, variablesOf } from '../sandbox.ts'
import { answerLost, halfAccepted, requestThrottled, reset, unavailable } from './faults.ts'
import { startFaultProxy } from './proxy.ts'
import { createQueue } from './queue.ts'
import type { Numbered } from './readers/given.ts'
import { numberedStream } from './readers/numbered-stream.ts'
import { readerProcess } from './readers/reader-process.ts'
import type { SendingStream } from './readers/send-stream.ts'
import { fraction, type Rate, seeded } from './seeded.ts'
import { messageCount, seed } from './settings.ts'
import { report, round } from './soak/rounds.ts'

const sandbox = testSandbox()
const kills = 4
const closed = 3_000

it(
  "A stream's records are on the edge once each and in order, when the edge refuses at random, admits nobody for a while, and the readers are killed",
  () =>
    round(seed, async () => {
      const home = clientOptions(await sandbox.credentials('home'))
      const partner = new SQSClient(clientOptions(await sandbox.credentials('partner')))
      await using kinesis = await startKinesis()
      await using proxy = await startFaultProxy(home.endpoint)
      await using target = await createQueue(partner, { fifo: true })
      await target.admit(accountIds.home)
      const stream = await numberedStream(kinesis.client, messageCount * 4, 20)
      const tableName = `checkpoints-${crypto.randomUUID()}`
      await createTable(new DynamoDBClient(home), tableName)
      const faults = [reset, answerLost, unavailable, requestThrottled, halfAccepted(partner)]
      proxy.inject = seeded(
        seed,
        faults.map((fault): Rate => [fault, 0.03]),
      )

      const sending: SendingStream = {
        ...{ stream: stream.name, kinesis: kinesis.endpoint, tableName, limit: 5, lease: 1_500 },
        ...{ queueUrl: target.url, sqs: proxy.endpoint },
      }
      const env = await variablesOf('home')
      await using first = readerProcess('send-stream.ts', sending, env)
      await using second = readerProcess('send-stream.ts', sending, env)
      const written = stream.writeUpTo(1)
      const arrived = async (share: number) => {
        while ((await target.size()) < stream.total * share) await sleep(50)
      }

      for (let nth = 0; nth < kills; nth += 1) {
        await arrived((nth + fraction(`${seed} kill ${nth}`)) / (kills + 1))
        await (fraction(`${seed} whom ${nth}`) < 0.5 ? first : second).kill()
        if (nth !== 1) continue
        await target.admitNobody()
        await sleep(closed)
        await target.admit(accountIds.home)
      }
      await written
      await arrived(1)
      await first.end()
      await second.end()

      const next = new Map<string, number>()
      const messages = await target.drain()
      for (const { body, groupId } of messages) {
        const { key, number }: Numbered = JSON.parse(body)
        expect({ key, number }).toEqual({ key: groupId, number: next.get(key) ?? 0 })
        next.set(key, number + 1)
      }
      report('A stream to an edge', { records: messages.length, kills, splitsAndMerges: stream.changes }, proxy)
      expect(messages).toHaveLength(stream.total)
    }),
  300_000 + messageCount * 100,
)
