import type { Batch } from 'kafkajs'

/** Records of one partition, and the way to commit them. */
export interface Delivery {
  readonly batch: Batch
  /** Commits in the generation of the group that the records were fetched in, or is refused. */
  readonly commit: (next: bigint) => Promise<void>
}

/**
 * Where what kafkajs pushes is taken one batch at a time: the next is given once the last is done. It belongs to one
 * reader of one partition, in one generation of the group.
 */
export class Feed implements Disposable {
  /** The offset that comes next. */
  next: bigint
  /** What the reader has in hand. */
  inHand: Delivery | undefined
  /** What is given, and not taken yet. */
  #given: Delivery | undefined
  /** Ends the wait for it. A promise of it would keep all who ever waited, for as long as nothing comes. */
  #wake = (): void => {}
  #done = Promise.withResolvers<boolean>()
  readonly #onClose: () => void

  constructor(next: bigint, onClose: () => void) {
    this.next = next
    this.#onClose = onClose
  }

  /** Gives a batch to the reader. Resolves with whether it was done, once the reader asks for the next or has ended. */
  give(delivery: Delivery): Promise<boolean> {
    this.#done = Promise.withResolvers()
    this.#given = delivery
    this.#wake()
    return this.#done.promise
  }

  /** What comes next, or nothing where nothing comes in so many milliseconds. The batch before is done by that. */
  async take(milliseconds: number, signal: AbortSignal): Promise<Delivery | undefined> {
    this.done()
    signal.throwIfAborted()
    if (!this.#given) await this.#wait(milliseconds, signal)
    this.inHand = this.#given
    this.#given = undefined
    return this.inHand
  }

  async #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    const stop = (): void => reject(signal.reason)
    this.#wake = resolve
    signal.addEventListener('abort', stop)
    try {
      await promise
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  /** Says that what is in hand is done. */
  done(): void {
    if (this.inHand) this.#settle(true)
  }

  /** Gives back what is in hand, as not done. */
  revoke(): void {
    this.#settle(false)
  }

  [Symbol.dispose](): void {
    this.#settle(false)
    this.#onClose()
  }

  #settle(done: boolean): void {
    if (done && this.inHand) this.next = BigInt(this.inHand.batch.lastOffset()) + 1n
    this.inHand = undefined
    this.#done.resolve(done)
  }
}
