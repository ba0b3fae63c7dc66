import { setTimeout as sleep } from 'node:timers/promises'
import { fullJitter } from '@causeway-aws/edge'
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs'
import { ClaimLostError } from '../checkpoints.ts'
import { Connections } from './connections.ts'
import { failuresUntilBelieved, kafkaError } from './error.ts'
import { Feed } from './feed.ts'
import { fetchingSo } from './fetching.ts'
import { unlessAborted } from './unless-aborted.ts'

export interface MembershipOptions {
  readonly client: Kafka
  readonly topic: string
  readonly groupId: string
  readonly maxBytes: number
  readonly concurrency: number
  readonly patience: number
  readonly sessionTimeout: number
  readonly maxExpandedBytes: number
}

/** The time from one distribution of a group's partitions to the next. */
export interface Generation {
  /** Higher with each. */
  readonly number: number
  /** Fires when the partitions are taken back. */
  readonly revoked: AbortSignal
}

/**
 * Membership of a consumer group that reads one topic. The group says which partitions are this member's; of those only
 * what somebody has opened is fetched.
 *
 * When kafkajs ends, as when the broker is gone or credentials are refused, this begins again, with a new consumer, until
 * it has failed for as long as its patience.
 */
export class Membership {
  readonly #options: MembershipOptions
  readonly #feeds = new Map<number, Feed>()
  #consumer: Consumer | undefined
  #connections = new Connections()
  #generation: Generation = { number: 0, revoked: AbortSignal.abort() }
  #revocation = new AbortController()
  #assigned: readonly number[] = []
  #joined = Promise.withResolvers<void>()
  #isSettled = false
  #failingSince: number | undefined
  #running: Promise<void> | undefined
  readonly #ending = Promise.withResolvers<undefined>()
  #ended = false

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  get generation(): Generation {
    return this.#generation
  }

  /** The partitions of this member, once it has joined. */
  async assigned(signal: AbortSignal): Promise<readonly number[]> {
    this.#running ??= this.#run()
    await unlessAborted(signal, this.#joined.promise)
    return this.#assigned
  }

  isFree(partition: number): boolean {
    return this.#assigned.includes(partition) && !this.#feeds.has(partition)
  }

  /** Has a partition fetched from an offset. */
  open(partition: number, next: bigint): Feed {
    const { topic } = this.#options
    const feed = new Feed(next, () => {
      if (this.#feeds.get(partition) !== feed) return
      this.#feeds.delete(partition)
      this.#consumer?.pause([{ topic, partitions: [partition] }])
    })
    this.#feeds.set(partition, feed)
    this.#consumer?.seek({ topic, partition, offset: `${next}` })
    this.#consumer?.resume([{ topic, partitions: [partition] }])
    return feed
  }

  /**
   * Commits the offset that comes next, as long as Kafka does not say that the partition is another's.
   *
   * @throws {ClaimLostError}
   */
  async commit(partition: number, next: bigint): Promise<void> {
    const { topic, patience } = this.#options
    const { generation, began } = { generation: this.#generation, began: performance.now() }
    const commitInBatch = this.#feeds.get(partition)?.inHand?.commit
    for (let failed = 1; ; failed += 1) {
      if (generation.revoked.aborted) throw new ClaimLostError(`partition ${partition} of the topic ${topic}`)
      try {
        await this.#connections.within(
          () => commitInBatch?.(next) ?? this.#consumer?.commitOffsets([{ topic, partition, offset: `${next}` }]),
        )
        return
      } catch (error) {
        const failure = kafkaError(topic, 'offsets', error, true)
        if (isRevocation(error)) this.#revoke()
        else if (!failure.retryable || performance.now() - began > patience) throw failure
      }
      await sleep(backoff(failed), undefined, { signal: generation.revoked }).catch(() => {})
    }
  }

  /** Leaves the group, so that the others need not wait until this member is missed. */
  async leave(): Promise<void> {
    this.#ended = true
    this.#ending.resolve(undefined)
    this.#revoke()
    await this.#running
  }

  async #run(): Promise<void> {
    for (let failed = 1; !this.#ended; failed += 1) {
      const began = this.#generation.number
      const error = await this.#consume()
      if (this.#ended) return
      if (this.#generation.number > began) failed = 1
      if (this.#givesUp(error, failed)) return
      await Promise.race([sleep(backoff(failed)), this.#ending.promise])
    }
  }

  /** Consumes until kafkajs gives up, and resolves with why. */
  async #consume(): Promise<unknown> {
    const { client, topic, groupId, maxBytes, concurrency, sessionTimeout, maxExpandedBytes } = this.#options
    const consumer = client.consumer({
      groupId,
      maxBytesPerPartition: maxBytes,
      sessionTimeout,
      rebalanceTimeout,
      heartbeatInterval: sessionTimeout / 10,
      maxWaitTimeInMs: 500,
      allowAutoTopicCreation: false,
      // By itself kafkajs restarts a consumer also after it was told to end.
      retry: { restartOnFailure: async () => false },
    })
    const connections = new Connections()
    this.#consumer = consumer
    this.#connections = connections
    const { promise: crashed, resolve: crash } = Promise.withResolvers<unknown>()
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => this.#join(payload.memberAssignment[topic] ?? []))
    consumer.on(consumer.events.CRASH, ({ payload: { error } }) => crash(error))
    // What has aborted transactions and control records only is given to nobody, and is past all the same.
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload: { partition, batchSize, lastOffset } }) => {
      const feed = this.#feeds.get(partition)
      if (feed && batchSize === 0 && BigInt(lastOffset) >= feed.next) feed.next = BigInt(lastOffset) + 1n
    })

    async function run(eachBatch: (payload: EachBatchPayload) => Promise<void>): Promise<unknown> {
      try {
        await consumer.connect()
        await consumer.subscribe({ topics: [topic], fromBeginning: true })
        const handing = { autoCommit: false, eachBatchAutoResolve: false, eachBatch }
        const running = { ...handing, partitionsConsumedConcurrently: concurrency }
        await fetchingSo({ maxExpandedBytes }, () => consumer.run(running))
        return await crashed
      } catch (error) {
        return error
      }
    }

    const running = connections.within(() => run((payload) => this.#deliver(payload)))
    const error = await Promise.race([running, this.#ending.promise])
    this.#revoke()
    // With a broker that is gone it takes as long as kafkajs tries to tell it.
    const disconnected = connections.within(() => consumer.disconnect()).catch(() => {})
    const left = disconnected.then(() => connections.end())
    await Promise.race([left, sleep(5_000, undefined, { ref: false })])
    return error
  }

  /** Whether a failure ends the membership, which then is told to all who wait for it. */
  #givesUp(error: unknown, failed: number): boolean {
    const { topic, patience } = this.#options
    this.#failingSince ??= performance.now()
    const failure = kafkaError(topic, 'partitions', error, failed < failuresUntilBelieved)
    const hasPatience = performance.now() - this.#failingSince < patience
    // Who was let in once may be let in again.
    if (hasPatience && (failure.retryable || this.#generation.number > 0)) return false
    this.#await()
    this.#joined.promise.catch(() => {}) // nobody may wait for it now
    this.#joined.reject(failure)
    return true
  }

  #join(partitions: readonly number[]): void {
    this.#revoke()
    this.#revocation = new AbortController()
    this.#generation = { number: this.#generation.number + 1, revoked: this.#revocation.signal }
    this.#assigned = partitions
    this.#failingSince = undefined
    this.#consumer?.pause([{ topic: this.#options.topic, partitions: [...partitions] }])
    this.#isSettled = true
    this.#joined.resolve()
  }

  /** Has those who ask from now on wait until it has joined again. */
  #await(): void {
    if (this.#isSettled) this.#joined = Promise.withResolvers()
    this.#isSettled = false
  }

  #revoke(): void {
    this.#revocation.abort()
    for (const feed of this.#feeds.values()) feed.revoke()
    this.#feeds.clear()
    this.#await()
    this.#assigned = []
  }

  async #deliver({
    batch,
    isStale,
    heartbeat,
    resolveOffset,
    commitOffsetsIfNecessary,
  }: EachBatchPayload): Promise<void> {
    const { topic, partition } = batch
    const feed = this.#feeds.get(partition)
    if (!feed || isStale()) return
    const done = feed.give({
      batch,
      commit: (next) =>
        commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset: `${next}` }] }] }),
    })
    using beating = keepBeating(heartbeat, this.#options.sessionTimeout / 10, () => this.#revoke())
    if (await done) resolveOffset(batch.lastOffset())
    if (beating.refusal) throw beating.refusal
  }
}

interface Beating extends Disposable {
  /** Why the group took a heartbeat no more: it rebalances, or has given this member up. */
  readonly refusal: Error | undefined
}

/**
 * Says to the group that this member lives, as long as a batch takes. While the group rebalances, what is in hand may still be
 * done and committed; then it is too late.
 */
function keepBeating(heartbeat: () => Promise<void>, interval: number, tooLate: () => void): Beating {
  let refusal: Error | undefined
  let end: NodeJS.Timeout | undefined
  const timer = setInterval(() => {
    heartbeat().catch((error) => {
      if (!isRevocation(error)) return
      refusal ??= error
      if (error.type !== 'REBALANCE_IN_PROGRESS') tooLate()
      else end ??= setTimeout(tooLate, rebalanceTimeout / 2)
    })
  }, interval)
  return {
    get refusal() {
      return refusal
    },
    [Symbol.dispose]() {
      clearInterval(timer)
      clearTimeout(end)
    },
  }
}

/** https://kafka.apache.org/43/design/protocol/#error-codes */
const isRevocation = (error: unknown): boolean =>
  error instanceof Error &&
  'type' in error &&
  ['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'FENCED_INSTANCE_ID'].includes(`${error.type}`)

const rebalanceTimeout = 60_000
const backoff = fullJitter({ baseDelay: 500, maxDelay: 15_000 })
