import { zlib } from '../zlib.ts'

/**
 * How large an inline body may be when it is expanded, unless a receiver says otherwise: 4 MiB. A node has ten at a time,
 * as bytes and as text, and whoever sends them says how large they get.
 */
export const maxInlineExpandedBytes: number = 4 * 1024 * 1024

/** A body as base64 of gzip; nothing where that is no shorter, or where no receiver would expand it. */
export function compressed(body: string): string | undefined {
  const bytes = Buffer.from(body)
  if (bytes.length > maxInlineExpandedBytes) return undefined
  const text = zlib().gzipSync(bytes).toString('base64')
  return text.length < bytes.length ? text : undefined
}

/** The body that `compressed` made the text of, or what is wrong with the text. */
export function expanded(text: string, maxBytes: number): { body: string } | { fault: string } {
  const gzip = Buffer.from(text, 'base64')
  // It passes over what is not base64.
  if (gzip.toString('base64') !== text) return { fault: 'its body is not base64, as its content encoding has it' }
  try {
    const whole = zlib().gunzipSync(gzip, { maxOutputLength: maxBytes, info: true })
    const { buffer, engine } = whole as unknown as { buffer: Buffer; engine: { bytesWritten: number } }
    // It expands a second stream, too, and passes over what follows a zero. A stream ends with how long it expands to.
    const isWhole = engine.bytesWritten === gzip.length && gzip.readUInt32LE(gzip.length - 4) === buffer.length
    return isWhole ? { body: utf8(buffer) } : { fault: 'its gzip body is followed by something' }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') return { fault: `its body expands to more than ${maxBytes} bytes` }
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { fault: 'its expanded body is not UTF-8' }
    if (code === 'Z_BUF_ERROR') return { fault: 'its gzip body is cut short' }
    if (code?.startsWith('Z_')) return { fault: 'its body is not gzip, as its content encoding has it, or is damaged' }
    throw error
  }
}

/** Text of UTF-8 bytes, a byte order mark included; throws for any others. */
export function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
}
