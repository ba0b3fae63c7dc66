import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What there is to be read of a stream, and how it comes. */
export interface InstantStream {
  readonly shards: number
  /** After how many calls a shard has come to its end. */
  readonly calls: number
  readonly recordsOfCall: number
}

/**
 * Kinesis on this machine, as far as reading goes, that takes next to no time of its own: a process, so that the processor
 * time of this one is the client's.
 */
export interface InstantKinesis extends AsyncDisposable {
  readonly endpoint: string
}

export async function startInstantKinesis({ shards, calls, recordsOfCall }: InstantStream): Promise<InstantKinesis> {
  const file = fileURLToPath(new URL('./instant-kinesis-process.ts', import.meta.url))
  const server = fork(file, [shards, calls, recordsOfCall].map(String))
  const [port] = await once(server, 'message')
  return {
    endpoint: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.disconnect()
      await once(server, 'exit')
    },
  }
}
