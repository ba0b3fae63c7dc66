import type { Admin } from 'kafkajs'
import type { Start } from '../source.ts'
import { Administration, type AdministrationOptions } from './administration.ts'
import { unlessAborted } from './unless-aborted.ts'

type Offset = Awaited<ReturnType<Admin['fetchTopicOffsetsByTimestamp']>>[number]

export interface OffsetsOptions extends AdministrationOptions {
  readonly groupId: string
}

/**
 * The offsets of a topic: how far it goes, where a time is in it, and how far its group has come. Kafka answers for all
 * partitions at once, so that those who ask for one of them at about the same time share an answer.
 */
export class Offsets {
  readonly #options: OffsetsOptions
  readonly #administration: Administration
  readonly #ends: Shared<Awaited<ReturnType<Admin['fetchTopicOffsets']>>>
  readonly #committed: Shared<Awaited<ReturnType<Admin['fetchOffsets']>>>
  #starting: { readonly time: number; readonly offsets: Shared<Offset[]> } | undefined
  /** Fires when the reading ends that asks. */
  #reading = new AbortController().signal

  constructor(options: OffsetsOptions) {
    const { topic, groupId } = options
    this.#options = options
    this.#administration = new Administration(options)
    this.#ends = new Shared(() => this.#ask((admin) => admin.fetchTopicOffsets(topic)))
    this.#committed = new Shared(() => this.#ask((admin) => admin.fetchOffsets({ groupId, topics: [topic] })))
  }

  /** Says by what signal reading ends: what is asked then is for nobody. */
  readBy(signal: AbortSignal): void {
    this.#reading = signal
  }

  /** The offset that the next record of a partition will have, and of the oldest one that is kept. */
  async endsOf(partition: number, signal: AbortSignal): Promise<{ low: bigint; high: bigint }> {
    const all = await unlessAborted(signal, this.#ends.answer())
    const ends = all.find((offset) => offset.partition === partition)
    return { low: BigInt(ends?.low ?? 0), high: BigInt(ends?.high ?? 0) }
  }

  /** The offset of what is next to be read of a partition that was never read. */
  async startOf(partition: number, start: Start, signal: AbortSignal): Promise<bigint> {
    if (start === 'earliest') return (await this.endsOf(partition, signal)).low
    const all = await unlessAborted(signal, this.#at(start.getTime()).answer())
    return BigInt(all.find((offset) => offset.partition === partition)?.offset ?? 0)
  }

  /** The offset that the group has committed of a partition: of what it reads next. */
  async committed(partition: number): Promise<bigint | undefined> {
    const [offsets] = await unlessAborted(this.#reading, this.#committed.answer())
    const offset = BigInt(offsets?.partitions.find((offset) => offset.partition === partition)?.offset ?? -1)
    return offset === -1n ? undefined : offset
  }

  leave(): Promise<void> {
    return this.#administration.leave()
  }

  /** Where a time is in each partition. All that are read together begin at the same. */
  #at(time: number): Shared<Offset[]> {
    if (this.#starting?.time !== time) {
      const ask = () => this.#ask((admin) => admin.fetchTopicOffsetsByTimestamp(this.#options.topic, time))
      this.#starting = { time, offsets: new Shared(ask) }
    }
    return this.#starting.offsets
  }

  #ask<Answer>(question: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    return this.#administration.ask('offsets', this.#reading, question)
  }
}

/**
 * Has those share an answer who want it at about the same time: the next one, where a question is on its way, so that none
 * is older than who wants it.
 */
class Shared<Answer> {
  readonly #ask: () => Promise<Answer>
  #onItsWay: Promise<unknown> = Promise.resolve()
  #next: Promise<Answer> | undefined

  constructor(ask: () => Promise<Answer>) {
    this.#ask = ask
  }

  answer(): Promise<Answer> {
    this.#next ??= this.#onItsWay.then(() => {
      this.#next = undefined
      const answer = this.#ask()
      this.#onItsWay = answer.catch(() => {})
      return answer
    })
    return this.#next
  }
}
