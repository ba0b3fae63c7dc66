import { isUtf8 } from 'node:buffer'
import type { SourceRecord } from '../source.ts'
import { ObjectFault } from './fault.ts'
import type { FindEnds } from './split.ts'

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
export function rowEnds(delimiter = ','): FindEnds {
  const separator = Buffer.from(delimiter).at(-1)
  let isQuoted = false
  /** The byte before, where a quote can begin a field after it: whatever is begun begins with a row. Of quotes only one that ended some. */
  let previous: number | undefined = newline
  return (chunk) => {
    const ends: number[] = []
    let end = chunk.indexOf(newline)
    for (let at = 0; ; ) {
      const next = chunk.indexOf(quote, at)
      const until = next < 0 ? chunk.length : next
      for (; end >= 0 && end < until; end = chunk.indexOf(newline, end + 1)) if (!isQuoted) ends.push(end)
      if (until > at) previous = chunk[until - 1]
      if (next < 0) return ends
      const isEnd = isQuoted
      // Right after quotes that ended another one goes on with the field, in which the two stand for one.
      isQuoted = !isEnd && (previous === newline || previous === separator || previous === quote)
      previous = isEnd ? quote : undefined
      at = next + 1
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
