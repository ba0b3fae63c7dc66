import { writeSync } from 'node:fs'

/**
 * Writes to a file all that is given, or throws. A disk that fills in the middle takes a part and says how much; only what
 * is written after that fails, and Node's own streams of files do not look.
 */
export function writeAll(file: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written)
}
