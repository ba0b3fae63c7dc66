/// <reference path="./untyped.d.ts" />
import { promisify } from 'node:util'
import { zstdCompress, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import snappy from 'kafkajs-snappy'
import { compressFrame, decompressFrame } from 'lz4-napi'

const { CompressionCodecs, CompressionTypes } = kafkajs

/**
 * What kafkajs has only gzip of. It keeps its codecs for the whole process.
 * https://kafka.js.org/docs/producing#a-name-compression-other-a-other
 */
export function useCodecs(): void {
  CompressionCodecs[CompressionTypes.Snappy] = snappy
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: ({ buffer }: Encoder) => compressFrame(buffer),
    decompress: decompressFrame,
  })
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: Encoder) => promisify(zstdCompress)(buffer),
    decompress: promisify(zstdDecompress),
  })
}

interface Encoder {
  readonly buffer: Buffer
}
