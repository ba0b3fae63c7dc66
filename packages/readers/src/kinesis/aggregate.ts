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
 * a record like any other.
 *
 * @see https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */
export function subRecordsOf(data: Uint8Array): readonly SubRecord[] | undefined {
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
function parseAggregate(message: Uint8Array): SubRecord[] {
  const partitionKeys: string[] = []
  const hashKeys: string[] = []
  const records: RawRecord[] = []
  for (const [field, wireType, reader] of fieldsOf(message)) {
    if (field === 1) partitionKeys.push(reader.string())
    else if (field === 2) hashKeys.push(reader.string())
    else if (field === 3) records.push(parseRecord(reader.bytes()))
    else reader.skip(wireType, field)
  }
  return records.map(({ partitionKey, hashKey, data }) => {
    const key = partitionKeys[partitionKey]
    if (key === undefined) throw new Error('it has no partition key')
    if (hashKey === undefined) return { partitionKey: key, explicitHashKey: undefined, data }
    const explicitHashKey = hashKeys[hashKey]
    if (explicitHashKey === undefined) throw new Error('it has no explicit hash key')
    return { partitionKey: key, explicitHashKey, data }
  })
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
  return record
}

function* fieldsOf(message: Uint8Array): Generator<[field: number, wireType: WireType, reader: BinaryReader]> {
  const reader = new BinaryReader(message)
  while (reader.pos < reader.len) yield [...reader.tag(), reader]
}
