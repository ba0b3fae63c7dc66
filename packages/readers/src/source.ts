/** A part of a source that is read in order, by one reader at a time: a shard, a partition of a topic, an object. */
export interface Partition {
  /** Names it within its source, for ever: a shard's id, a topic and its partition's number, an object's key and version. */
  readonly id: string
  /** The partitions that have to be read to their end before this one, as the parents of a shard. */
  readonly after: readonly string[]
  /**
   * What this is a state of, as an object of its key. When another state of it was read in part, as of an object that was
   * written over since, that is gone on with before this is begun, or fails.
   */
  readonly of?: string
  /** How many bytes it has, as they are stored. Missing where it grows, or nobody knows. */
  readonly size?: number
}

/** Where a partition is begun that has no checkpoint: at its oldest record, or at what the source took then or later. */
export type Start = 'earliest' | Date

/** Where reading goes on: where the partition is begun, or right after a position. */
export type From = { readonly start: Start } | { readonly after: string }

/** One record of a partition. */
export interface SourceRecord {
  /** Where it is in its partition, in its source's own notation. */
  readonly position: string
  readonly data: Uint8Array
  /** Why nobody can make anything of it: it fails by itself, and goes where such records go. */
  readonly fault?: string
  /** Whether it is no record, but all that comes after its position, as of an object that was replaced. It has a fault. */
  readonly isRest?: true
  /** What the sender said that belongs together: a partition key, the key of a Kafka record. */
  readonly key?: string
  /** The same, in place of `key`, where it is no text in UTF-8: a number, Avro. */
  readonly keyBytes?: Uint8Array
  /** What the sender wrote beside it, in order: the headers of a Kafka record, of which one may be without a value. */
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[]
  /** Whether it says that what its key names is gone: a Kafka record without a value. Its data is empty. */
  readonly tombstone?: true
  /** When the source took it. */
  readonly timestamp?: Date
}

/** Records in the order of their partition. */
export interface Batch {
  /** May be empty: there is nothing new, or nothing but what is left out. */
  readonly records: readonly SourceRecord[]
  /** What to read after once they are done. Missing where there was nothing yet. */
  readonly position?: string
  /** How far behind the newest record this is, in milliseconds; 0 where there is nothing more now. Missing if unknown. */
  readonly lag?: number
  /** How much of its partition comes after it, as far as the source knows. */
  readonly left?: Left
}

/** What is still to be read: as many records, or bytes as they are stored. */
export interface Left {
  readonly records?: number
  readonly bytes?: number
}

/**
 * Something of which records are read: a stream, a topic, a bucket. Whatever it is, the rules are the same: what is read
 * of a partition comes in order, and after a position comes the record that follows it, whenever it is asked for.
 */
export interface Source<P extends Partition = Partition> {
  /** Names it among all sources of which checkpoints are kept, as its ARN. */
  readonly name: string
  /** How often, in milliseconds, to look for new partitions. Default: 10,000. */
  readonly discovery?: number
  /** Whether each of its partitions ends by itself, as an object does, so that others can wait for it. Default: false. */
  readonly partitionsEnd?: boolean
  /** Whether it is read once: its partitions end, are listed once and each one time, and reading ends with them. Default: false. */
  readonly finite?: boolean
  /** The partitions that there are now. It may go on as long as it knows of new ones. */
  partitions(signal: AbortSignal): AsyncIterable<P>
  /** The partition of an id, if it is there: for a source that knows it without listing all. */
  find?(id: string, signal: AbortSignal): Promise<P | undefined>
  /**
   * Throws {@link SourceError} when a partition cannot have a position, since it was made anew under its name. Asked of one
   * that was read to its end, which else would be passed over in silence; `read` refuses such a position by itself.
   */
  refuse?(partition: P, position: string): void
  /**
   * Reads on. Comes to an end where the partition has; of one that may still grow it gives an empty batch, with a lag of 0,
   * each time that it has nothing new. Rejects with {@link SourceError}, and when its signal fires.
   */
  read(partition: P, from: From, signal: AbortSignal): AsyncIterable<Batch>
}
