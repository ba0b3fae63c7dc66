import type { SourceRecord } from '../source.ts'

/** Finds where records end in the chunks that come: the indexes of their last bytes in each. */
export type FindEnds = (chunk: Buffer) => readonly number[]

export interface SplitterOptions {
  readonly findEnds: FindEnds
  /** Where the first byte is that comes. */
  readonly offset: number
  /** What a position begins with. */
  readonly prefix: string
  /** The most bytes that a record may have. */
  readonly maxBytes: number
  /** Whether it is text: what marks its encoding, and a carriage return at the end of a record, are not of the record. */
  readonly text: boolean
  /** Whether one without any byte is none. */
  readonly skipEmpty: boolean
}

const [carriageReturn, newline] = [0x0d, 0x0a]
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** A record is a line. */
export const lineEnds: FindEnds = (chunk) => {
  const ends: number[] = []
  for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, end + 1)) ends.push(end)
  return ends
}

/** A record is all there is. */
export const noEnds: FindEnds = () => []

/** Cuts what comes in chunks into records, of which none is copied that is in one chunk. */
export class Splitter {
  readonly #options: SplitterOptions
  #records: SourceRecord[] = []
  #bytes = 0
  /** Where the next chunk begins. */
  #at: number
  /** What there is of a record that has not ended, up to the most bytes and one, and how much there was. */
  #parts: Buffer[] = []
  #held = 0

  constructor(options: SplitterOptions) {
    this.#options = options
    this.#at = options.offset
  }

  /** How many records can be taken, and the bytes in them. */
  get count(): number {
    return this.#records.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** How many bytes there are in all that was not taken: in those, each with its end, and in what has not ended. */
  get pending(): number {
    return this.#bytes + this.#records.length + this.#held
  }

  push(chunk: Buffer): void {
    const { findEnds, text } = this.#options
    const isMarked = text && this.#at === 0 && chunk.subarray(0, 3).equals(byteOrderMark)
    const bytes = isMarked ? chunk.subarray(3) : chunk
    if (isMarked) this.#at = 3
    let from = 0
    for (const end of findEnds(bytes)) {
      const last = bytes.subarray(from, end)
      const whole = this.#held === 0 ? last : this.#joined(last)
      this.#emit(whole, this.#held + last.length, this.#at + end + 1)
      this.#held = 0
      from = end + 1
    }
    if (from < bytes.length) this.#hold(bytes.subarray(from))
    this.#at += bytes.length
  }

  /** Says that there is no more: what has no end of its own ends here. */
  end(): void {
    if (this.#held > 0) this.#emit(this.#joined(), this.#held, this.#at)
    this.#held = 0
  }

  /** Takes up to so many records. */
  take(count: number): SourceRecord[] {
    const taken = this.#records.length <= count ? this.#records : this.#records.splice(0, count)
    if (taken === this.#records) this.#records = []
    this.#bytes = 0
    for (const { data } of this.#records) this.#bytes += data.length
    return taken
  }

  #hold(part: Buffer): void {
    if (this.#held <= this.#options.maxBytes) this.#parts.push(part)
    this.#held += part.length
  }

  #joined(last?: Buffer): Buffer {
    if (last) this.#parts.push(last)
    const whole = Buffer.concat(this.#parts)
    this.#parts = []
    return whole
  }

  #emit(whole: Buffer, length: number, end: number): void {
    const { prefix, maxBytes, text, skipEmpty } = this.#options
    let data = length > maxBytes ? whole.subarray(0, maxBytes) : whole
    if (text && length <= maxBytes && data[data.length - 1] === carriageReturn) data = data.subarray(0, -1)
    if (skipEmpty && data.length === 0) return
    const position = `${prefix}${end}`
    if (length > maxBytes)
      this.#records.push({ position, data, fault: `it is longer than ${maxBytes} bytes, and cut there` })
    else this.#records.push({ position, data })
    this.#bytes += data.length
  }
}
