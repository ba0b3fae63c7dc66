import { setTimeout as sleep } from 'node:timers/promises'
import { fraction } from '../seeded.ts'
import { seed } from '../settings.ts'
import { Account, type AccountOptions } from './account.ts'
import { followGiven } from './given.ts'
import type { ReaderProcess } from './reader-process.ts'

/** Something that does not work for a while. */
export interface Outage {
  /** When this share of the records was given. */
  readonly at: number
  readonly milliseconds: number
  begin(): Promise<void>
  end(): Promise<void>
}

export interface ReadersRun extends AccountOptions {
  readonly given: string
  readonly total: number
  readonly readers: readonly ReaderProcess[]
  /** After which shares of the records one of the readers is killed, or stalled for so many milliseconds or longer. */
  readonly kills: readonly number[]
  readonly stalls: readonly number[]
  readonly stalled: number
  readonly outages: readonly Outage[]
  /** Writes up to a share of the records. */
  readonly write: (share: number) => Promise<void>
}

/** What became of a run. */
export interface RunAccount {
  readonly wrong: readonly string[]
  readonly figures: Readonly<Record<string, number>>
}

/** Has readers killed, stalled and left without what they need until all records were given; accounts for these. */
export async function runReaders(run: ReadersRun): Promise<RunAccount> {
  const { given, total, readers } = run
  const account = new Account(run)
  const more = followGiven(given)
  const began = performance.now()
  let at = 0
  /** After which share something befalls them next. */
  let next: number | undefined = 0

  const victim = (what: string, nth: number) =>
    readers[Math.floor(fraction(`${seed} ${what} ${nth}`) * readers.length)] as ReaderProcess

  async function faults(): Promise<void> {
    const planned = [
      ...run.kills.map((share, nth) => ({ share, befall: () => victim('kill', nth).kill() })),
      ...run.stalls.map((share) => ({ share, befall: () => stall() })),
      ...run.outages.map((outage) => ({ share: outage.at, befall: () => fail(outage) })),
    ].sort((a, b) => a.share - b.share)
    for (const { share, befall } of planned) {
      next = share
      while (at < share) await sleep(20)
      await sleep(100 * fraction(`${seed} moment ${share}`))
      await befall()
    }
    next = undefined
  }

  /** Whoever was given something last stalls, until others have claimed what it had. */
  async function stall(): Promise<void> {
    const last = () => readers.find(({ pid }) => account.lastClaim.startsWith(`${pid}-`))
    let reader = last()
    for (; !reader; reader = last()) await sleep(20)
    reader.stall()
    const { claims } = account
    await sleep(run.stalled)
    while (account.claims === claims) await sleep(20)
    reader.goOn()
    // It is not killed before it has noticed.
    await sleep(1_000)
  }

  async function fail({ begin, end, milliseconds }: Outage): Promise<void> {
    // Whoever was only begun is let in by then: readers are to live through it.
    await sleep(1_500)
    await begin()
    await sleep(milliseconds)
    await end()
  }

  let isOver = false
  async function writing(): Promise<void> {
    // As they are read, and some of them after all that befalls the readers.
    for (; !isOver; await sleep(20)) await run.write(next === undefined ? 1 : Math.min(at + 0.1, next + 0.1, 0.99))
  }

  /** Resolves when all was given, which is later than never. */
  async function accounting(): Promise<void> {
    let [last, moved] = [0, performance.now()]
    for (; account.given < total && account.wrong.length === 0; await sleep(50)) {
      for (const entry of await more()) account.add(entry)
      at = account.given / total
      if (account.given > last) [last, moved] = [account.given, performance.now()]
      if (performance.now() - moved > 180_000) throw new Error(`${account.given} of ${total} were given, and no more`)
    }
  }

  const faulting = faults()
  const written = writing()
  await Promise.race([accounting(), Promise.all([faulting, written]).then(() => new Promise<never>(() => {}))])
  isOver = true
  const seconds = (performance.now() - began) / 1_000
  await written
  if (account.wrong.length === 0) {
    await faulting
    for (const reader of readers) await reader.end()
    for (const entry of await more()) account.add(entry)
  }
  const { late, longest, claims, again } = account
  const figures = {
    records: account.given,
    'a second': Math.round(account.given / seconds),
    claims,
    'again after a claim': again.afterClaim,
    'at most': longest,
    'again after a refusal': again.afterRefusal,
    'given late': late,
    'claims lost': readers.reduce((sum, { claimsLost }) => sum + claimsLost, 0),
  }
  return { wrong: account.wrong, figures }
}
