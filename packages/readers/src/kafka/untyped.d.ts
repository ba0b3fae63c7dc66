declare module 'kafkajs-snappy' {
  interface Codec {
    compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
    decompress(buffer: Buffer): Promise<Buffer>
  }
  export default function snappy(): Codec
}

declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    readonly pending: readonly unknown[]
    readonly throttledUntil: number
    scheduleCheckPendingRequests(): void
  }
}

declare module 'kafkajs/src/network/connection.js' {
  export default class Connection {
    readonly socket?: { unref(): void }
    connect(): Promise<boolean>
    disconnect(): Promise<boolean>
  }
}

declare module 'kafkajs/src/protocol/decoder.js' {
  export default class Decoder {
    constructor(buffer: Buffer)
    readInt16(): number
    readInt32(): number
    readInt64(): bigint
    readString(): string
    readBytes(): Buffer | null
    readArray<Item>(read: () => Item): Item[]
    readArrayAsync<Item>(read: () => Promise<Item>): Promise<Item[]>
  }
}

declare module 'kafkajs/src/protocol/messageSet/decoder.js' {
  import type Decoder from 'kafkajs/src/protocol/decoder.js'
  export default function decodeMessageSet(decoder: Decoder, size: number): Promise<unknown[]>
}

declare module 'kafkajs/src/protocol/requests/fetch/index.js' {
  interface Exchange {
    readonly response: { decode(bytes: Buffer): Promise<object> }
  }
  const fetch: { protocol(of: { readonly version: number }): (options: unknown) => Exchange }
  export default fetch
}
