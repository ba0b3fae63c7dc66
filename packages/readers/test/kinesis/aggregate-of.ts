import { hash } from 'node:crypto'
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'

export interface Sub {
  readonly key: string
  readonly hashKey?: string
  readonly data: Uint8Array
}

/** An aggregate as the Kinesis Producer Library makes it, with a field more than there are today. */
export function aggregateOf(subs: readonly Sub[]): Buffer {
  const keys = [...new Set(subs.map(({ key }) => key))]
  const hashKeys = [...new Set(subs.flatMap(({ hashKey }) => hashKey ?? []))]
  const message = new BinaryWriter()
  for (const key of keys) message.tag(1, WireType.LengthDelimited).string(key)
  for (const hashKey of hashKeys) message.tag(2, WireType.LengthDelimited).string(hashKey)
  for (const { key, hashKey, data } of subs) {
    message.tag(3, WireType.LengthDelimited).fork().tag(1, WireType.Varint).uint64(keys.indexOf(key))
    if (hashKey !== undefined) message.tag(2, WireType.Varint).uint64(hashKeys.indexOf(hashKey))
    message.tag(3, WireType.LengthDelimited).bytes(data).tag(9, WireType.Varint).uint32(7).join()
  }
  const bytes = message.tag(15, WireType.LengthDelimited).string('later').finish()
  return Buffer.concat([Buffer.from('f3899ac2', 'hex'), bytes, hash('md5', bytes, 'buffer')])
}
