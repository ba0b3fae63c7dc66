/// <reference path="./untyped.d.ts" />
import { promisify } from 'node:util'
import { gzip, unzip, zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import { compressFrame, decompressFrame } from 'lz4-napi'
import { lz4Size } from './lz4-size.ts'

const { CompressionCodecs, CompressionTypes } = kafkajs
const [expandGzip, expandZstd] = [promisify(unzip), promisify(zstdDecompress)]

/** What is compressed is more than it may be, expanded. */
export class TooLargeError extends Error {}

/** The most bytes that a batch may have, expanded. */
export const maxExpandedBytes: number = 64 * 1024 ** 2

/**
 * Expands the records of a batch.
 *
 * @param codec - Its number in Kafka's protocol.
 * @throws {TooLargeError} before it fills the memory; another error where they are not whole.
 */
export async function expand(codec: number, bytes: Buffer, most: number): Promise<Buffer> {
  const expanding = expansions[codec]
  if (!expanding) throw new Error(`there is no codec ${codec}`)
  try {
    return await expanding(bytes, most)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw new TooLargeError()
    throw error
  }
}

const expansions: Readonly<Record<number, (bytes: Buffer, most: number) => Promise<Buffer>>> = {
  [CompressionTypes.GZIP]: (bytes, most) => expandGzip(bytes, { maxOutputLength: most }),
  [CompressionTypes.Snappy]: expandSnappy,
  [CompressionTypes.LZ4]: async (bytes, most) => {
    // No byte of a block says more than that 255 are repeated.
    if (bytes.length * 255 > most && lz4Size(bytes) > most) throw new TooLargeError()
    return decompressFrame(bytes)
  },
  [CompressionTypes.ZSTD]: (bytes, most) => expandZstd(bytes, { maxOutputLength: most }),
}

const framed = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

/** https://github.com/xerial/snappy-java: blocks, each after its length, as Kafka's own producers write; or one that is none of several. */
async function expandSnappy(bytes: Buffer, most: number): Promise<Buffer> {
  const blocks: Buffer[] = isFramed(bytes) ? [] : [bytes]
  for (let at = 16; isFramed(bytes) && at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    blocks.push(bytes.subarray(at + 4, end))
    at = end
  }
  // The library makes room for as much as a block says that it is, and takes another frame in a block for one.
  if (isFramed(bytes) && blocks.some(isFramed)) throw new Error('it is a frame within a frame')
  if (blocks.reduce((size, block) => size + snappySize(block), 0) > most) throw new TooLargeError()
  const { decompress } = snappy()
  const expanded: Buffer[] = []
  for (const block of blocks) expanded.push(await decompress(block))
  return expanded.length === 1 ? (expanded[0] as Buffer) : Buffer.concat(expanded)
}

const isFramed = (bytes: Buffer): boolean => bytes.subarray(0, framed.length).equals(framed)

/** https://github.com/google/snappy/blob/main/format_description.txt (1. Preamble) */
function snappySize(block: Buffer): number {
  let size = 0
  for (let index = 0; index < 5; index += 1) {
    const byte = block.readUInt8(index)
    size += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) break
  }
  return size
}

/**
 * What kafkajs has only gzip of. It keeps its codecs for the whole process.
 * https://kafka.js.org/docs/producing#a-name-compression-other-a-other
 */
export function useCodecs(): void {
  const compressions = {
    [CompressionTypes.GZIP]: promisify(gzip) as (bytes: Buffer) => Promise<Buffer>,
    [CompressionTypes.Snappy]: (buffer: Buffer) => snappy().compress({ buffer }),
    [CompressionTypes.LZ4]: (buffer: Buffer) => compressFrame(buffer),
    [CompressionTypes.ZSTD]: promisify(zstdCompress) as (bytes: Buffer) => Promise<Buffer>,
  }
  for (const codec of [1, 2, 3, 4] as const) {
    CompressionCodecs[codec] = () => ({
      compress: ({ buffer }: { readonly buffer: Buffer }) => compressions[codec](buffer),
      decompress: (bytes: Buffer) => expand(codec, bytes, maxExpandedBytes),
    })
  }
}
