import { isUtf8 } from 'node:buffer'

/** Tells of bytes that come in pieces whether all of them are text in UTF-8. */
export interface Utf8Check {
  add(bytes: Uint8Array): void
  /** Whether what was added is whole text. */
  isText(): boolean
}

/** As a TextDecoder that is fatal, without the string of each piece, which is as long as the piece and garbage at once. */
export function utf8Check(): Utf8Check {
  let valid = true
  let cut = new Uint8Array() // the character that the last piece ended in
  return {
    add(bytes) {
      if (!valid) return
      const joined = cut.length > 0 ? Buffer.concat([cut, bytes]) : bytes
      const whole = joined.length - cutAtEnd(joined)
      valid = isUtf8(joined.subarray(0, whole))
      cut = new Uint8Array(joined.subarray(whole))
    },
    isText: () => valid && cut.length === 0,
  }
}

/** How many bytes at the end are of a character that has more of them. https://www.rfc-editor.org/rfc/rfc3629#section-3 */
function cutAtEnd(bytes: Uint8Array): number {
  for (let count = 1; count <= Math.min(3, bytes.length); count += 1) {
    const byte = bytes[bytes.length - count] as number
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return count < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? count : 0
  }
  return 0
}
