import type { Entry } from './given.ts'

export interface AccountOptions {
  /** The most records of one batch. */
  readonly batch: number
  /** Which of two positions comes first: negative when it is `a`. */
  readonly compare: (a: string, b: string) => number
}

interface PartitionAccount {
  /** The last claim, and how many of what was given by another it was given again. */
  claim?: string
  again: number
  /** The last position that was given for the first time. */
  reached?: string
  /** By which claim each position was given last that is not committed. */
  readonly open: Map<string, string>
}

/** Accounts for what the readers of a run are given: what is wrong with it, and what came again. */
export class Account {
  readonly wrong: string[] = []
  /** How many different records were given. */
  given = 0
  /** Those that came again, not committed: by another claim, or because what was done with them was refused. */
  again = { afterClaim: 0, afterRefusal: 0 }
  /** The most that came again by one claim. */
  longest = 0
  /** Those that somebody was given who had lost the partition meanwhile. */
  late = 0
  /** By which claim something was given last. */
  lastClaim = ''
  /** How often a partition was claimed. */
  claims = 0
  readonly #options: AccountOptions
  readonly #partitions = new Map<string, PartitionAccount>()
  readonly #next = new Map<string, number>()

  constructor(options: AccountOptions) {
    this.#options = options
  }

  add({ partition: id, claim, records, committed }: Entry): void {
    const partition: PartitionAccount = this.#partitions.get(id) ?? { again: 0, open: new Map() }
    this.#partitions.set(id, partition)
    if (committed !== undefined) {
      const { open } = partition
      for (const position of open.keys()) if (this.#options.compare(position, committed) <= 0) open.delete(position)
    } else if (records) {
      this.lastClaim = claim
      for (const record of records) this.#give(id, partition, claim, record)
      if (records.length > this.#options.batch) this.wrong.push(`${id}: ${records.length} records in a batch`)
    } else {
      this.claims += 1
      partition.claim = claim
      partition.again = 0
    }
  }

  #give(
    id: string,
    partition: PartitionAccount,
    claim: string,
    [position, key, number]: readonly [string, string, number],
  ): void {
    const { compare, batch } = this.#options
    if (partition.reached === undefined || compare(position, partition.reached) > 0) {
      const next = this.#next.get(key) ?? 0
      if (number !== next) this.wrong.push(`${id} ${position}: ${number} of ${key}, when it is the turn of ${next}`)
      partition.reached = position
      partition.open.set(position, claim)
      this.#next.set(key, next + 1)
      this.given += 1
      return
    }
    const before = partition.open.get(position)
    if (claim !== partition.claim) this.late += 1
    else if (before === undefined)
      this.wrong.push(`${id} ${position}: is given again by ${claim}, but was committed or left out`)
    else if (before === claim) this.again.afterRefusal += 1
    else {
      partition.open.set(position, claim)
      partition.again += 1
      this.again.afterClaim += 1
      this.longest = Math.max(this.longest, partition.again)
      if (partition.again === batch + 1) this.wrong.push(`${id} ${position}: more than a batch is given again`)
    }
  }
}
