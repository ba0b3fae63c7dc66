const magic = 0x184d2204

/**
 * How many bytes LZ4 frames expand to, found out without expanding them: of what an LZ4 frame says itself nothing has to
 * be so, and the library that expands them knows no limit.
 *
 * @throws {RangeError} when they are no whole frames.
 * @see https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function lz4Size(bytes: Buffer): number {
  let size = 0
  for (let at = 0; at < bytes.length; ) {
    if (bytes.readUInt32LE(at) !== magic) throw new RangeError('it is no LZ4 frame')
    const flags = bytes.readUInt8(at + 4)
    const [blockChecksum, contentSize, contentChecksum, dictionary] = [0x10, 0x08, 0x04, 0x01].map((bit) => flags & bit)
    at += 7 + (contentSize ? 8 : 0) + (dictionary ? 4 : 0)
    for (;;) {
      const header = bytes.readUInt32LE(at)
      at += 4
      if (header === 0) break
      const length = header & 0x7fff_ffff
      size += header > 0x7fff_ffff ? length : blockSize(bytes, at, at + length)
      at += length + (blockChecksum ? 4 : 0)
    }
    if (contentChecksum) at += 4
  }
  return size
}

/** A block is of sequences, each of so many bytes as they are, and so many that were there before. https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md */
function blockSize(bytes: Buffer, start: number, end: number): number {
  let [at, size] = [start, 0]

  /** The rest of a length that does not fit into its four bits. */
  function rest(bits: number): number {
    let length = bits
    for (let byte = bits === 15 ? 255 : 0; byte === 255; length += byte) {
      byte = bytes.readUInt8(at)
      at += 1
    }
    return length
  }

  while (at < end) {
    const token = bytes.readUInt8(at)
    at += 1
    const literals = rest(token >> 4)
    size += literals
    at += literals
    if (at >= end) break // the last sequence has none of the other kind
    at += 2
    size += rest(token & 15) + 4
  }
  return size
}
