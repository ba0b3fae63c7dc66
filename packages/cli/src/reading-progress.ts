import { type From, type Left, type ReadSummary, whereAfter } from '@causeway-aws/readers/reading'
import { bytes, duration, records } from './figures.ts'
import { type PartitionState, ReadingState } from './reading-state.ts'
import type { Terminal } from './terminal.ts'

/** What is said of a reading while it goes on: nothing, how far all of it has come, or each partition. */
export type ProgressKind = 'off' | 'total' | 'each'

/** Says how far a reading has come. */
export interface ReadingProgress {
  readonly state: ReadingState
  /** Says it now and then: call it as often as you like. */
  tick(): void
  /** What there is to say when it has ended. */
  end(how: ReadingEnd): void
  /** The same, where what was printed last could not be committed. */
  endUncommitted(how: UncommittedEnd): void
}

interface UncommittedEnd extends Pick<ReadingEnd, 'stopped' | 'kept'> {
  /** What comes again, and why. */
  readonly again: string
}

/** How a reading ended. */
interface ReadingEnd {
  readonly summary: ReadSummary
  readonly stopped: 'by hand' | 'by what reads it' | 'by its limit' | false
  /** Where it is kept how far it came. */
  readonly kept: string | undefined
}

interface ProgressOptions {
  readonly terminal: Pick<Terminal, 'note'>
  readonly kind: ProgressKind
  /** What the partitions are called: shards. */
  readonly what: string
  /** Where records go that fail by themselves; without it reading ends there. */
  readonly failuresTo?: string | undefined
}

const everyMilliseconds = 2_000

/** Counts what is read, and says it as it was asked to. */
export function readingProgress({ terminal: { note }, kind, what, failuresTo }: ProgressOptions): ReadingProgress {
  const began = performance.now()
  /** How far each partition was when it was said last. What has not moved since is not said again. */
  const saidOf = new WeakMap<PartitionState, string>()
  const state = new ReadingState((ended) => sayOf(ended, ended.isFinished ? endOf(ended) : farOf(ended)))
  let firstLag = 0
  /** When it was last time to say it, and how many bytes there were. */
  let said = { at: began, bytes: 0 }
  /** How far all of it was when it was said last. */
  let saidPlace = placeOfAll()
  /** The widest name of a partition. */
  let width = 0

  function placeOfAll(): string {
    const { done, lag, left } = state
    return JSON.stringify([done, lag, left])
  }

  function soFar(now: number): string {
    const speed = (state.bytes - said.bytes) / ((now - said.at) / 1_000)
    const { lag, left } = state
    firstLag ||= lag
    const parts = [records(state.records), ...failedOf(state), `${bytes(speed)}/s`]
    if (lag > 0) parts.push(`${duration(lag)} behind`)
    if (left && isMore(left)) parts.push(leftOf(left))
    const toGo = estimate(now - began, left, lag)
    if (toGo > 0 && toGo < Number.POSITIVE_INFINITY) parts.push(`about ${duration(toGo)} to go`)
    return parts.join(', ')
  }

  /** For how long it will go on, at the speed that it had. */
  function estimate(elapsed: number, left: Left | undefined, lag: number): number {
    if (left?.bytes !== undefined) return (elapsed * left.bytes) / state.stored
    if (left?.records !== undefined) return (elapsed * left.records) / state.done
    return lag < firstLag ? (elapsed * lag) / (firstLag - lag) : 0
  }

  function sayOf(state: PartitionState, far: string): void {
    const { id, from, began, records: count, bytes: size } = state
    width = Math.max(width, id.length)
    const speed = `${bytes(size / ((performance.now() - began) / 1_000 || 1))}/s`
    const parts = [
      id.padEnd(width),
      placeOf(from),
      records(count).padStart(15),
      speed.padStart(10),
      [...failedOf(state), far].filter(Boolean).join(', '),
    ]
    const place = JSON.stringify([count, state.failed, far])
    if (kind === 'each' && saidOf.get(state) !== place) note(parts.join('  ').trimEnd())
    saidOf.set(state, place)
  }

  return {
    state,
    tick() {
      const now = performance.now()
      if (kind === 'off' || now - said.at < everyMilliseconds) return
      const place = placeOfAll()
      if (kind === 'total' && place !== saidPlace) note(soFar(now))
      saidPlace = place
      for (const opened of state.open.values()) sayOf(opened, farOf(opened))
      said = { at: now, bytes: state.bytes }
    },
    end({ summary, stopped, kept }) {
      const count = records(state.records)
      const sent = `${failedOf(state).join('')}, and ${state.failed === 1 ? 'was' : 'were'} sent to ${failuresTo}`
      const failed = state.failed === 0 ? '' : `; ${sent}`
      const { finished, 'caught up': caughtUp, held } = summary
      if (!stopped) {
        const ends = [
          ...(finished > 0 ? [`${finished} read to the end`] : []),
          ...(caughtUp > 0 ? [`${caughtUp} with no more now`] : []),
          ...(held > 0 ? [`${held} held by another reader, or by one that was killed in the last minute`] : []),
        ]
        note(`Read ${count}${failed}${ends.length === 0 ? '' : `; ${what}: ${ends.join(', ')}`}.`)
        return
      }
      const why = whyOf(stopped)
      const { place } = state
      if (kept !== undefined) {
        note(`${why} after ${count}${failed}. Committed to ${kept}; run the same command to go on from there.`)
      } else if (typeof place === 'object') {
        note(
          `${why} after ${count}, at ${place.position} of ${place.id}${failed}. --checkpoint keeps that for the next time.`,
        )
      } else note(`${why} after ${count}${failed}. --checkpoint keeps how far it came for the next time.`)
    },
    endUncommitted({ stopped, kept, again }) {
      note(`${whyOf(stopped)} before all was committed to ${kept}: ${again}.`)
    },
  }
}

const whyOf = (stopped: ReadingEnd['stopped']): string =>
  stopped === 'by what reads it' ? 'Standard output is closed or full; stopped' : 'Stopped'

/** Where a partition was begun. */
function placeOf(from: From): string {
  if ('after' in from) return whereAfter(from.after)
  return `from ${from.start === 'earliest' ? 'earliest' : from.start.toISOString()}`
}

/** That it was read to its end, and what comes then. */
const endOf = ({ children }: PartitionState): string =>
  children.size === 0 ? 'read to its end' : `read to its end -> ${[...children].join(', ')}`

/** Where a partition is: how far behind, or how much of it is left. */
function farOf({ lag, left }: PartitionState): string {
  const parts = [
    ...(lag !== undefined && lag > 0 ? [`${duration(lag)} behind`] : []),
    ...(left && isMore(left) ? [leftOf(left)] : []),
  ]
  return parts.length > 0 ? parts.join(', ') : lag === 0 ? 'no more now' : ''
}

/** That some records failed by themselves, where any did. */
const failedOf = ({ failed }: Pick<PartitionState, 'failed'>): string[] =>
  failed === 0 ? [] : [`${failed.toLocaleString('en')} failed`]

const isMore = ({ records, bytes }: Left): boolean => (records ?? bytes ?? 0) > 0

const leftOf = ({ records: count, bytes: size }: Left): string =>
  `${count === undefined ? bytes(size ?? 0) : records(count)} left`
