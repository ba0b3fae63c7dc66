import type { Transform } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { SourceError } from '../source-error.ts'
import { ObjectFault } from './fault.ts'
import type { Compression, ObjectPosition } from './position.ts'
import { after } from './stored-bytes.ts'

/** What is in an object, expanded where it is compressed. */
export interface Content {
  readonly compression: Compression | undefined
  /** From the offset on that was asked for. */
  readonly bytes: AsyncIterable<Buffer>
}

/** Opens what is in an object from a position on. `stored` gives what is stored, from an offset on. */
export async function openContent(
  stored: (from: number) => AsyncGenerator<Buffer>,
  { offset, compression }: ObjectPosition,
): Promise<Content> {
  // What is stored as it is can be had from anywhere. Offset 0 is where nobody has looked yet.
  if (offset > 0 && compression === undefined) return { compression, bytes: stored(offset) }
  const bytes = stored(0)
  const { head, rest } = await begin(bytes)
  const found = compressionOf(head)
  if (offset > 0 && found !== compression) {
    await bytes.return(undefined)
    throw new SourceError(`The object is not ${compression}, as its checkpoint says: that is of another object.`, {
      isOfPosition: true,
    })
  }
  return { compression: found, bytes: found === undefined ? rest : beyond(offset, expand(rest, found)) }
}

const engines = { gzip: createGunzip, zstd: createZstdDecompress }

/** https://www.rfc-editor.org/rfc/rfc1952 (2.3.1), https://www.rfc-editor.org/rfc/rfc8878 (3.1.1, 3.1.2) */
function compressionOf(head: Buffer): Compression | undefined {
  if (head.length < 4) return undefined
  if (head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'gzip'
  const magic = head.readUInt32LE()
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : undefined
}

/** The first bytes, enough of them to tell what it is, and all of them. */
async function begin(bytes: AsyncGenerator<Buffer>): Promise<{ head: Buffer; rest: AsyncGenerator<Buffer> }> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < 4) {
    const { done, value } = await bytes.next()
    if (done) break
    head = head.length === 0 ? value : Buffer.concat([head, value])
  }
  async function* all(): AsyncGenerator<Buffer> {
    try {
      if (head.length > 0) yield head
      yield* bytes
    } finally {
      await bytes.return(undefined) // also of whom the head is enough
    }
  }
  return { head, rest: all() }
}

/** What comes after so many bytes, which have to be there. */
async function* beyond(offset: number, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of bytes) {
      size += chunk.length
      yield chunk
    }
  }
  yield* after(offset, counted())
  if (size < offset) {
    throw new SourceError(
      `The object has ${size} bytes, expanded, and its checkpoint is at ${offset}: that is of another object.`,
      { isOfPosition: true },
    )
  }
}

/**
 * What is compressed in one member, or in several. Node's zstd stops at the end of a frame without a word when there is
 * more in the chunk, so the rest is given to another.
 */
async function* expand(stored: AsyncGenerator<Buffer>, compression: Compression): AsyncGenerator<Buffer> {
  let rest: Buffer | undefined
  const next = async (): Promise<Buffer | undefined> => {
    const chunk: Buffer | undefined = rest ?? (await stored.next()).value
    rest = undefined
    return chunk
  }
  const hasMore = async (): Promise<boolean> => {
    for (let chunk = await next(); chunk; chunk = await next()) {
      // A tape's last block, and so tar's, is filled with zeros; gzip(1) takes them for nothing.
      const member = compression === 'gzip' ? withoutZeros(chunk) : chunk
      rest = member.length > 0 ? member : undefined
      if (rest) return true
    }
    return false
  }
  try {
    do {
      const engine = engines[compression]()
      let given = 0
      let chunk: Buffer | undefined
      const feed = async (): Promise<void> => {
        do {
          chunk = await next()
          if (!chunk) {
            engine.end()
            return
          }
          given += chunk.length
          await new Promise((written) => engine.write(chunk, written))
        } while (engine.bytesWritten === given)
      }
      feed().catch((error) => engine.destroy(error))
      yield* contentOf(engine, compression)
      rest = chunk?.subarray(chunk.length - (given - engine.bytesWritten))
    } while (await hasMore())
  } finally {
    await stored.return(undefined)
  }
}

function withoutZeros(bytes: Buffer): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0)
  return bytes.subarray(first < 0 ? bytes.length : first)
}

async function* contentOf(engine: Transform, compression: Compression): AsyncGenerator<Buffer> {
  engine.on('error', () => {}) // it is thrown where it is read
  try {
    yield* engine
  } catch (error) {
    throw isOfZlib(error) ? new ObjectFault(`it is not whole ${compression}`, { cause: error }) : error
  } finally {
    engine.destroy()
  }
}

const isOfZlib = (error: unknown): boolean => /^(Z_|ZSTD_)/.test(String((error as NodeJS.ErrnoException).code))
