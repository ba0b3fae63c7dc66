import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { clientOptions } from '@causeway-aws/sandbox'
import { expect, it } from 'vitest'
import { createTable } from '../dynamodb.ts'
import { startKinesis } from '../e2e/readers/kinesis-server.ts'
import { sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'
import { expiredIterator, expiredToken, reset, throttling, throughputExceeded } from './faults.ts'
import { startFaultProxy } from './proxy.ts'
import { makeGiven } from './readers/given.ts'
import { numberedStream } from './readers/numbered-stream.ts'
import type { ReadingStream } from './readers/read-stream.ts'
import { readerProcess } from './readers/reader-process.ts'
import { runReaders } from './readers/run.ts'
import { compareSequences, watchTable } from './readers/watch-table.ts'
import { fraction, type Rate, seeded } from './seeded.ts'
import { messageCount, seed } from './settings.ts'
import { report, round } from './soak/rounds.ts'

const sandbox = testSandbox()
const isLong = messageCount >= 10_000
/** Of what Kinesis has: many of these records are aggregates. */
const limit = isLong ? 20 : 5
const perAggregate = isLong ? 50 : 20
const lease = isLong ? 3_000 : 1_500

it(
  'Two readers of a stream that is split and merged, killed, stalled and refused at random, give all records in order, and again no more than what one had not committed',
  () =>
    round(seed, async () => {
      const home = await sandbox.credentials('home')
      const table = new DynamoDBClient(clientOptions(home))
      await using kinesis = await startKinesis()
      await using proxy = await startFaultProxy(kinesis.endpoint)
      const stream = await numberedStream(kinesis.client, messageCount * (isLong ? 20 : 10), perAggregate)
      const tableName = `checkpoints-${crypto.randomUUID()}`
      await createTable(table, tableName)
      await using watched = watchTable(table, tableName)

      const given = join(await mkdtemp(join(sandboxDirectory(), 'reader-')), 'given')
      makeGiven(given)
      const reading: ReadingStream = {
        stream: stream.name,
        endpoint: proxy.endpoint,
        ...{ tableName, limit, lease, seed, given, takes: 60 },
      }
      const env = await variablesOf('home')
      let isExpired = false
      const rates = [throttling, throughputExceeded, reset].map((fault): Rate => [fault, 0.05])
      const others = seeded(seed, rates)
      const records = seeded(seed, [...rates, [expiredIterator, 0.05]])
      proxy.inject = (call) => (isExpired ? expiredToken : call.action === 'GetRecords' ? records(call) : others(call))
      await using first = readerProcess('read-stream.ts', reading, env)
      await using second = readerProcess('read-stream.ts', reading, env)

      const kills = isLong ? 10 : 2
      const account = await runReaders({
        given,
        total: stream.total,
        readers: [first, second],
        batch: limit * perAggregate,
        compare: compareSequences,
        kills: Array.from({ length: kills }, (_, nth) => (nth + fraction(`${seed} kill ${nth}`)) / (kills + 1)),
        stalls: isLong ? [0.3, 0.6, 0.9] : [0.5],
        stalled: lease + 1_000,
        write: stream.writeUpTo,
        outages: [
          {
            at: 0.4,
            milliseconds: isLong ? 60_000 : 1_500,
            begin: async () => {
              isExpired = true
            },
            end: async () => {
              isExpired = false
            },
          },
        ],
      })
      report('A stream', { ...account.figures, kills, splitsAndMerges: stream.changes }, proxy)
      expect(account.wrong).toEqual([])
      expect(watched.wentBack).toEqual([])
      expect(first.claimsLost + second.claimsLost).toBeGreaterThan(0)
    }),
  300_000 + messageCount * 100,
)
