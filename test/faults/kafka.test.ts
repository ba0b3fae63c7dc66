import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { policies } from '@causeway-aws/auth'
import { expect, it } from 'vitest'
import { partnerRole } from '../e2e/readers/partner-role.ts'
import { sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'
import { makeGiven } from './readers/given.ts'
import { numberedTopic } from './readers/numbered-topic.ts'
import type { ReadingTopic } from './readers/read-topic.ts'
import { type ReaderProcess, readerProcess } from './readers/reader-process.ts'
import { type Outage, runReaders } from './readers/run.ts'
import { fraction } from './seeded.ts'
import { messageCount, seed } from './settings.ts'
import { round } from './soak/rounds.ts'

const sandbox = testSandbox()
const isLong = messageCount >= 10_000
const total = messageCount * (isLong ? 20 : 10)
const maxBytes = isLong ? 40_000 : 4_000
/** Of one partition: no record is smaller than this. */
const batch = maxBytes / 40
const groupId = 'causeway-faults'
const sessionTimeout = 6_000

it(
  'Members of a group that are killed, stalled, cut and refused, as their broker is killed, give all records in order, and again no more than what one had not committed',
  () =>
    round(seed, async () => {
      const cluster = await sandbox.kafka()
      await using topic = await numberedTopic(sandbox, cluster, { total, atOnce: isLong ? 500 : 50 })
      const role = await partnerRole(sandbox, policies.kafkaRead(cluster.clusterArn, topic.name, groupId))
      const folder = await mkdtemp(join(sandboxDirectory(), 'reader-'))
      const [given, refused] = [join(folder, 'given'), join(folder, 'refused')]
      makeGiven(given)
      const { region } = await sandbox.credentials('home')
      const { brokers, certificateAuthority } = cluster
      const reading: ReadingTopic = {
        ...{ brokers: [...brokers], certificateAuthority, region, roleArn: role.arn },
        ...{ topic: topic.name, groupId, maxBytes, sessionTimeout },
        ...{ refused, seed, given, takes: 60, resets: isLong ? 0.03 : 0.01 },
      }
      const env = await variablesOf('home')
      const begin = () => readerProcess('read-topic.ts', reading, { ...env, EXTERNAL_ID: role.externalId })

      /** What is written while the broker is killed would be the producer's to write again. */
      let [isDown, writing] = [false, Promise.resolve()]
      const brokerKilled: Outage = {
        at: 0.35,
        milliseconds: 100,
        async begin() {
          isDown = true
          await writing
          process.kill((await sandbox.kafka()).pid, 'SIGKILL')
        },
        async end() {
          // Whoever connects again needs a token. Those who are connected are asked for a new one every 20 seconds.
          await writeFile(refused, '')
          await sandbox.kafka()
          await sleep(isLong ? 60_000 : 1_500)
          await rm(refused)
          isDown = false
        },
      }
      let visitor: ReaderProcess | undefined
      const visited: Outage = {
        at: 0.7,
        milliseconds: isLong ? 3_000 : 1_500,
        begin: async () => {
          visitor = begin()
        },
        end: async () => {
          await visitor?.end()
        },
      }

      await using first = begin()
      await using second = begin()
      await using watched = topic.watch(groupId)
      const kills = isLong ? 10 : 1
      const account = await runReaders({
        ...{ given, total, readers: [first, second], batch },
        compare: (a, b) => Number(BigInt(a) - BigInt(b)),
        kills: Array.from({ length: kills }, (_, nth) => (nth + fraction(`${seed} kill ${nth}`)) / (kills + 1)),
        stalls: isLong ? [0.3, 0.6, 0.9] : [],
        stalled: sessionTimeout + 2_000,
        async write(share) {
          if (isDown) return
          writing = topic.writeUpTo(share)
          await writing
        },
        outages: [brokerKilled, visited],
      })
      await visitor?.[Symbol.asyncDispose]()
      const figures = Object.entries({ ...account.figures, kills }).map(([name, n]) => `${n} ${name}`)
      process.stdout.write(`A topic, from seed ${seed}: ${figures.join(', ')}\n`)
      expect(account.wrong).toEqual([])
      expect(watched.wentBack).toEqual([])
    }),
  300_000 + messageCount * 100,
)
