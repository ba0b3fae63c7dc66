import { isUtf8 } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { utf8Check } from '../src/utf8-check.ts'

function isTextInPieces(bytes: Uint8Array, size: number): boolean {
  const check = utf8Check()
  for (let from = 0; from < bytes.length; from += size) check.add(bytes.subarray(from, from + size))
  return check.isText()
}

const text = fc.string({ unit: 'binary' }).map((text) => new TextEncoder().encode(text))

/** Bytes that are nearly text, as the beginnings and the inner bytes of characters are. */
const nearlyText = fc.array(fc.oneof(fc.integer({ min: 0x70, max: 0xff }), fc.constantFrom(0xe2, 0x82, 0xac)))

describe('Bytes in pieces are text', () => {
  it.each([1, 2, 3, 5])('exactly if they are as a whole, in pieces of %d', (size) => {
    fc.assert(fc.property(text, (bytes) => isTextInPieces(bytes, size)))
    fc.assert(
      fc.property(nearlyText, (bytes) => {
        expect(isTextInPieces(Uint8Array.from(bytes), size)).toBe(isUtf8(Uint8Array.from(bytes)))
      }),
    )
  })

  it('not if they end within a character', () => {
    expect(isTextInPieces(Buffer.from('€').subarray(0, 2), 8)).toBe(false)
  })
})
