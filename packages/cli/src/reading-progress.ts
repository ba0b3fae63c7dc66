import type { Progress, ReadSummary } from '@causeway-aws/readers/reading'
import { createProgress } from './commands/progress.ts'
import type { Terminal } from './terminal.ts'

/** How far a reading has come. */
export interface ReadingProgress {
  readonly records: number
  add(progress: Progress<{ readonly id: string; readonly after: readonly string[] }>): void
  /** What there is to say when it has ended. */
  end(how: ReadingEnd): void
}

/** How a reading ended. */
interface ReadingEnd {
  readonly summary: ReadSummary
  readonly stopped: 'by hand' | 'by what reads it' | 'by its limit' | false
  /** Where it is kept how far it came. */
  readonly kept: string | undefined
}

/** Counts what was read, and says it now and then when a person is looking, and not at the records themselves. */
export function readingProgress(terminal: Terminal, what: string): ReadingProgress {
  const say = process.stdout.isTTY ? () => {} : createProgress(terminal)
  const began = performance.now()
  const lags = new Map<string, number>()
  /** Where it has come, as long as that is one partition. */
  let place: { readonly id: string; readonly position: string } | 'several' | undefined
  let count = 0
  let bytes = 0
  let firstLag = 0
  /** When it was said last, and how many bytes there were. */
  let said = { at: began, bytes }
  const records = () => `${count.toLocaleString('en')} ${count === 1 ? 'record' : 'records'}`

  function soFar(): string {
    const now = performance.now()
    const speed = (bytes - said.bytes) / 1_000 / (now - said.at)
    said = { at: now, bytes }
    const lag = Math.max(0, ...lags.values())
    firstLag ||= lag
    const behind = lag > 0 ? `, ${duration(lag)} behind` : ''
    const left = lag > 0 && lag < firstLag ? ((now - began) * lag) / (firstLag - lag) : 0
    return `${records()}, ${speed.toFixed(1)} MB/s${behind}${left > 0 ? `, about ${duration(left)} to go` : ''}`
  }

  return {
    get records() {
      return count
    },
    add({ partition: { id }, records, position, lag }) {
      count += records.length
      for (const { data } of records) bytes += data.length
      if (lag !== undefined) lags.set(id, lag)
      if (position !== undefined && records.length > 0) {
        place = place === undefined || (place !== 'several' && place.id === id) ? { id, position } : 'several'
      }
      say(soFar)
    },
    end({ summary, stopped, kept }) {
      const { finished, 'caught up': caughtUp, held } = summary
      if (!stopped) {
        const ends = [
          ...(finished > 0 ? [`${finished} read to the end`] : []),
          ...(caughtUp > 0 ? [`${caughtUp} with no more now`] : []),
          ...(held > 0 ? [`${held} held by another reader, or by one that was killed in the last minute`] : []),
        ]
        terminal.note(`Read ${records()}${ends.length === 0 ? '' : `; ${what}: ${ends.join(', ')}`}.`)
        return
      }
      const why = stopped === 'by what reads it' ? 'Standard output is closed or full; stopped' : 'Stopped'
      if (kept !== undefined) {
        terminal.note(`${why} after ${records()}. Committed to ${kept}; run the same command to go on from there.`)
      } else if (typeof place === 'object') {
        const { id, position } = place
        terminal.note(`${why} after ${records()}, at ${position} of ${id}. --checkpoint keeps that for the next time.`)
      } else terminal.note(`${why} after ${records()}. --checkpoint keeps how far it came for the next time.`)
    },
  }
}

/** 3 m 12 s */
function duration(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1_000)
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ]
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} m`
  return minutes > 0 ? `${minutes} m ${seconds % 60} s` : `${seconds} s`
}
