import { array, assert, constantFrom, integer, oneof, property, string } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rowEnds } from '../../src/s3/csv.ts'
import { lineEnds, noEnds, Splitter, type SplitterOptions } from '../../src/s3/split.ts'

/** What is cut from content that comes in chunks of so many bytes. */
function split(content: Buffer, chunkBytes: number, options: Partial<SplitterOptions> = {}) {
  const defaults = { findEnds: lineEnds, offset: 0, prefix: '', maxBytes: 1_000, text: false, skipEmpty: false }
  const splitter = new Splitter({ ...defaults, ...options })
  for (let at = 0; at < content.length; at += chunkBytes) splitter.push(content.subarray(at, at + chunkBytes))
  splitter.end()
  return splitter
    .take(Number.POSITIVE_INFINITY)
    .map(({ data, ...rest }) => ({ text: Buffer.from(data).toString('latin1'), ...rest }))
}

const texts = (records: ReturnType<typeof split>) => records.map(({ text }) => text)
const chunkBytes = integer({ min: 1, max: 20 })
const pieces = string({ unit: constantFrom('a', 'é', '\r', '"', ','), maxLength: 8 })

describe('Content that comes in chunks of any size', () => {
  it('is cut at each newline, and what has none at its end is a line, too', () => {
    assert(
      property(array(pieces), chunkBytes, (lines, size) => {
        const content = Buffer.from(lines.join('\n'))
        const expected = content.toString('latin1').split('\n')
        if (expected.at(-1) === '') expected.pop()
        expect(texts(split(content, size))).toEqual(expected)
      }),
    )
  })

  it('gives each record the offset behind it, from which the next ones come', () => {
    assert(
      property(array(pieces), chunkBytes, (lines, size) => {
        const content = Buffer.from(lines.join('\n'))
        const records = split(content, size)
        for (const [index, { position }] of records.entries()) {
          const offset = Number(position)
          expect(split(content.subarray(offset), size, { offset })).toEqual(records.slice(index + 1))
        }
      }),
    )
  })

  it('gives of a record that is too long its beginning and why it fails, and all others', () => {
    assert(
      property(array(pieces, { minLength: 1 }), chunkBytes, integer({ min: 1, max: 6 }), (lines, size, maxBytes) => {
        const content = Buffer.from(`${lines.join('\n')}\n`)
        const expected = content.toString('latin1').split('\n').slice(0, -1)
        const records = split(content, size, { maxBytes })
        expect(texts(records)).toEqual(expected.map((line) => line.slice(0, maxBytes)))
        const faults = records.map(({ fault }) => fault)
        expect(faults).toEqual(
          expected.map(({ length }) =>
            length > maxBytes ? `it is longer than ${maxBytes} bytes, and cut there` : undefined,
          ),
        )
      }),
    )
  })

  it('is cut into rows where a newline is not in quotes', () => {
    const field = pieces.map((text) => `"${text.replaceAll('"', '""')}\n"`)
    assert(
      property(array(array(field, { minLength: 1 })), chunkBytes, (rows, size) => {
        const lines = rows.map((fields) => fields.join(','))
        const content = Buffer.from(lines.join('\n'))
        const expected = lines.map((line) => Buffer.from(line).toString('latin1'))
        expect(texts(split(content, size, { findEnds: rowEnds() }))).toEqual(expected)
      }),
    )
  })

  it('is cut into rows where a quote within a field is none, so that the rows after it are as they were', () => {
    const quoted = pieces.map((text) => `"${text.replaceAll('"', '""')}\n"`)
    const field = oneof(
      quoted,
      pieces.map((text) => `5${text.replaceAll(',', '')}`),
    )
    const rowsOf = array(array(field, { minLength: 1 }))
    assert(
      property(rowsOf, constantFrom(',', ';', '¦'), chunkBytes, (rows, delimiter, size) => {
        const lines = rows.map((fields) => fields.join(delimiter))
        const expected = lines.map((line) => Buffer.from(line).toString('latin1'))
        expect(texts(split(Buffer.from(lines.join('\n')), size, { findEnds: rowEnds(delimiter) }))).toEqual(expected)
      }),
    )
  })

  it('is one record where it is whole', () => {
    assert(
      property(pieces, chunkBytes, (text, size) => {
        const content = Buffer.from(`${text}\n${text}\n`)
        expect(texts(split(content, size, { findEnds: noEnds }))).toEqual([content.toString('latin1')])
      }),
    )
  })
})
