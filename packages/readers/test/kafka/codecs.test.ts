import fc from 'fast-check'
import { CompressionTypes } from 'kafkajs'
import { compressFrame } from 'lz4-napi'
import { describe, expect, it } from 'vitest'
import { expand, TooLargeError } from '../../src/kafka/codecs.ts'
import { lz4Size } from '../../src/kafka/lz4-size.ts'

/** Bytes as a compressor meets them: of them some, and some of those again and again. */
const bytes = fc
  .array(fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 2_000 })), { maxLength: 20 })
  .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => new Array<Uint8Array>(times).fill(part))))

describe('What a codec expands', () => {
  it('is as large as an LZ4 frame is found to be', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), fc.boolean(), async (data, contentChecksum, blockChecksums) => {
        const frame = await compressFrame(data, { contentChecksum, blockChecksums })
        expect(lz4Size(frame)).toBe(data.length)
        expect((await expand(CompressionTypes.LZ4, frame, data.length)).equals(data)).toBe(true)
        expect(lz4Size(Buffer.concat([frame, frame]))).toBe(2 * data.length)
      }),
      { numRuns: 50 },
    )
  }, 60_000)

  it('of an LZ4 frame that is none is an error, and no more than there is', async () => {
    const frame = await compressFrame(Buffer.alloc(1_000_000))
    for (const broken of [frame.subarray(0, -1), frame.subarray(0, 9), Buffer.alloc(100)])
      await expect(expand(CompressionTypes.LZ4, broken, 100)).rejects.toThrow()
  })

  it.each([
    ['a block that says it has gigabytes', Buffer.from('ffffffff0f0000', 'hex')],
    ['blocks that say so together', framedBlocks('ffffff0f00', 'ffffff0f00', 'ffffff0f00')],
  ])('of snappy is not begun with for %s', async (_, data) => {
    await expect(expand(CompressionTypes.Snappy, data, 500_000)).rejects.toThrow(TooLargeError)
  })

  it('of snappy is no frame within a frame', async () => {
    const inner = framedBlocks('0100').toString('hex')
    await expect(expand(CompressionTypes.Snappy, framedBlocks(inner), 1_000)).rejects.toThrow('a frame within a frame')
  })
})

function framedBlocks(...blocks: string[]): Buffer {
  const parts = blocks.map((hex) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(hex.length / 2)
    return Buffer.concat([length, Buffer.from(hex, 'hex')])
  })
  return Buffer.concat([Buffer.from('82534e41505059000000000100000001', 'hex'), ...parts])
}
