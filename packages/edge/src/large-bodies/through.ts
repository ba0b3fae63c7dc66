import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/**
 * What comes out of a transform that a source goes into. It ends only when the source has ended, too: a gunzip may be
 * through before its source is, and the source may still fail.
 */
export async function* through(source: AsyncIterable<Uint8Array>, transform: Duplex): AsyncGenerator<Buffer> {
  const fed = pipeline(source, transform)
  fed.catch(() => {}) // told below
  try {
    yield* transform
    await fed
  } finally {
    transform.destroy()
  }
}
