import { hash } from 'node:crypto'
import { BinaryReader, type WireType } from '@bufbuild/protobuf/wire'

/** One of the records that the Kinesis Producer Library put into one. */
export interface SubRecord {
  readonly partitionKey: string
  /** In place of the hash of its partition key, which says what shard it is for; a decimal number of 128 bits. */
  readonly explicitHashKey: string | undefined
  readonly data: Uint8Array
}

const magic = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const digestLength = 16

/**
 * The records in an aggregate of the Kinesis Producer Library, or `undefined` where it is none: what only begins like one is
 * a record like any other. Each is made when it is asked for: 10 MiB may be two million of them.
 *
 * @see https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function subRecordsOf(data: Uint8Array): Iterable<SubRecord> | undefined {
  if (data.length < magic.length + digestLength || magic.some((byte, index) => data[index] !== byte)) return undefined
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  const message = bytes.subarray(magic.length, -digestLength)
  if (!hash('md5', message, 'buffer').equals(bytes.subarray(-digestLength))) return undefined
  try {
    return parseAggregate(message)
  } catch {
    return undefined
  }
}

/** message AggregatedRecord { repeated string partition_key_table = 1, explicit_hash_key_table = 2; repeated Record records = 3 } */
function parseAggregate(message: Uint8Array): Iterable<SubRecord> {
  const partitionKeys: string[] = []
  const hashKeys: string[] = []
  let [lastKey, lastHashKey] = [-1, -1]
  for (const [field, wireType, reader] of fieldsOf(message)) {
    if (field === 1) partitionKeys.push(reader.string())
    else if (field === 2) hashKeys.push(reader.string())
    else if (field === 3) {
      const { partitionKey, hashKey = -1 } = parseRecord(reader.bytes())
      lastKey = Math.max(lastKey, partitionKey)
      lastHashKey = Math.max(lastHashKey, hashKey)
    } else reader.skip(wireType, field)
  }
  if (lastKey >= partitionKeys.length) throw new Error('it names a partition key that it has not')
  if (lastHashKey >= hashKeys.length) throw new Error('it names an explicit hash key that it has not')
  return {
    *[Symbol.iterator]() {
      for (const [field, wireType, reader] of fieldsOf(message)) {
        if (field !== 3) {
          reader.skip(wireType, field)
          continue
        }
        const { partitionKey, hashKey, data } = parseRecord(reader.bytes())
        const explicitHashKey = hashKey === undefined ? undefined : hashKeys[hashKey]
        yield { partitionKey: partitionKeys[partitionKey] ?? '', explicitHashKey, data }
      }
    },
  }
}

interface RawRecord {
  partitionKey: number
  hashKey: number | undefined
  data: Uint8Array
}

/** message Record { uint64 partition_key_index = 1; uint64 explicit_hash_key_index = 2; bytes data = 3; repeated Tag tags = 4 } */
function parseRecord(message: Uint8Array): RawRecord {
  const record: RawRecord = { partitionKey: -1, hashKey: undefined, data: new Uint8Array() }
  for (const [field, wireType, reader] of fieldsOf(message)) {
    if (field === 1) record.partitionKey = Number(reader.uint64())
    else if (field === 2) record.hashKey = Number(reader.uint64())
    else if (field === 3) record.data = reader.bytes()
    else reader.skip(wireType, field)
  }
  if (record.partitionKey < 0) throw new Error('it has no partition key')
  return record
}

function* fieldsOf(message: Uint8Array): Generator<[field: number, wireType: WireType, reader: BinaryReader]> {
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) yield [...reader.tag(), reader]
}
