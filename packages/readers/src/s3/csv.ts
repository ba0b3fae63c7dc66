import { isUtf8 } from 'node:buffer'
import type { SourceRecord } from '../source.ts'
import { ObjectFault } from './fault.ts'
import type { FindEnd } from './split.ts'

/** How rows are read. */
export interface CsvOptions {
  /** What is between two fields. */
  readonly delimiter: string
  /** Whether the first row names the fields. */
  readonly header: boolean
}

/** Makes of rows, as they are in the object, records of JSON. */
export type CsvRecords = (rows: readonly SourceRecord[]) => SourceRecord[]

const [quote, newline] = [0x22, 0x0a]

/**
 * A record is a row: it ends at a newline that is not in quotes. These begin with a field; one within a field, as of inches,
 * is that row's fault, and not of those after it.
 */
export function rowEnd(delimiter = ','): FindEnd {
  const separator = Buffer.from(delimiter).at(-1)
  let quoted = false
  let current: Buffer | undefined
  /** The next quote in the chunk, so that it is not looked for again in each row before it. */
  let nextQuote = -1
  /** Where in the chunk quotes ended last: another one right after that goes on with the field, in which the two stand for one. */
  let lastEnd = -2
  /** The byte before the chunk. Whatever is begun begins with a row. */
  let before: number | undefined = newline

  const quoteFrom = (chunk: Buffer, from: number): number => {
    if (chunk !== current || nextQuote < from) nextQuote = chunk.indexOf(quote, from)
    if (nextQuote < 0) nextQuote = chunk.length
    current = chunk
    return nextQuote
  }

  return (chunk, from) => {
    const first = chunk === current ? newline : before
    const begins = (at: number): boolean => {
      const previous = at > from ? chunk[at - 1] : first
      return previous === separator || previous === newline || lastEnd === at - 1
    }
    for (let at = from; ; at = nextQuote + 1) {
      const end = quoted ? -1 : chunk.indexOf(newline, at)
      const next = quoteFrom(chunk, at)
      if (end >= 0 && end < next) return end
      if (next === chunk.length) {
        before = chunk.at(-1)
        lastEnd = lastEnd === chunk.length - 1 ? -1 : -2
        return -1
      }
      if (quoted) lastEnd = next
      quoted = !quoted && begins(next)
    }
  }
}

/**
 * Rows as JSON: an object of what the header names, or an array where there is none. A row that is not well formed, or has
 * more or fewer fields, has a fault, and is as it was.
 *
 * @param head The header, where reading goes on after it. Else it is the first row.
 */
export async function csvRecords({ delimiter, header }: CsvOptions, head?: SourceRecord): Promise<CsvRecords> {
  const { CsvError, parse } = await import('csv-parse/sync')

  function parsed(data: Uint8Array): string[][] {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    if (!isUtf8(bytes)) return []
    try {
      return parse(bytes, { delimiter, record_delimiter: '\n', relax_column_count: true })
    } catch (error) {
      if (error instanceof CsvError) return []
      throw error
    }
  }

  function fieldsIn({ data, fault }: SourceRecord): string[] | undefined {
    const [fields, ...more] = fault === undefined ? parsed(data) : []
    return more.length === 0 ? fields : undefined
  }

  function namesIn(row: SourceRecord): string[] {
    const fields = fieldsIn(row)
    if (fields && new Set(fields).size === fields.length) return fields
    throw new ObjectFault(fields ? 'its header names a column twice' : 'its header is no row of CSV')
  }

  /** The fields of rows, all at once where all are well formed. */
  function fieldsOf(rows: readonly SourceRecord[]): (string[] | undefined)[] {
    const whole = parsed(Buffer.concat(rows.flatMap(({ data }) => [data, lineFeed])))
    const isEach = whole.length === rows.length && rows.every(({ fault }) => fault === undefined)
    return isEach ? whole : rows.map(fieldsIn)
  }

  function recordOf(row: SourceRecord, fields: string[] | undefined): SourceRecord {
    if (row.fault !== undefined) return row
    if (!fields) return { ...row, fault: isUtf8(row.data) ? 'it is no row of CSV' : 'it is not text in UTF-8' }
    if (!names) return { ...row, data: Buffer.from(JSON.stringify(fields)) }
    if (fields.length !== names.length) {
      return {
        ...row,
        fault: `it has ${fields.length} ${fields.length === 1 ? 'field' : 'fields'}, and the header ${names.length}`,
      }
    }
    const named = Object.fromEntries(names.map((name, index) => [name, fields[index]]))
    return { ...row, data: Buffer.from(JSON.stringify(named)) }
  }

  let names = head && namesIn(head)
  return (rows) => {
    const [first] = rows
    if (!header || names || !first) return convert(rows)
    names = namesIn(first)
    return convert(rows.slice(1))
  }

  function convert(rows: readonly SourceRecord[]): SourceRecord[] {
    const fields = fieldsOf(rows)
    return rows.map((row, index) => recordOf(row, fields[index]))
  }
}

const lineFeed = Buffer.from([newline])
