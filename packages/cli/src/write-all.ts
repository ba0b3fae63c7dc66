import { fstatSync, ftruncateSync, writeSync } from 'node:fs'

/**
 * Writes to a file all that is given, or throws and takes a part that was written out again: what is appended the next
 * time would go on in the middle of a line. A disk that fills in the middle takes a part and says how much; only what is
 * written after that fails, and Node's own streams of files do not look.
 */
export function writeAll(file: number, text: string | Uint8Array): void {
  const length = Buffer.byteLength(text)
  const { size } = fstatSync(file)
  let written = 0
  try {
    // Text as it is: a buffer made of it would lie there until V8 looks for what died.
    if (typeof text === 'string') written = writeSync(file, text)
    while (written < length) written += writeSync(file, typeof text === 'string' ? Buffer.from(text) : text, written)
  } catch (error) {
    // Unless somebody else writes to it, too.
    if (written > 0 && fstatSync(file).size === size + written) ftruncateSync(file, size)
    throw error
  }
}
