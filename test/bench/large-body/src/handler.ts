import { type BodyReference, createLargeBodies } from '@causeway-aws/edge'

/** A body to store, of so many bytes, or one to read. */
export type BodyEvent = { readonly endpoint: string } & (
  | { readonly bytes: number }
  | { readonly reference: BodyReference }
)

/** The most memory that it took, in bytes, all of the process's. */
export interface BodyResult {
  readonly peak: number
  readonly reference: BodyReference
}

/** Stores or reads one body, as a function does that has nothing else to do. */
export async function handler({ endpoint, ...task }: BodyEvent): Promise<BodyResult> {
  const bodies = createLargeBodies({
    bucket: 'orders-bodies',
    prefix: 'orders/',
    bucketOwner: '111111111111',
    client: { endpoint, region: 'eu-west-1', credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'example' } },
  })
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss())
  }, 5)
  try {
    if ('bytes' in task) return { reference: await bodies.store(linesOf(task.bytes)), peak }
    for await (const _ of bodies.stream(task.reference));
    return { reference: task.reference, peak }
  } finally {
    clearInterval(watch)
  }
}

/** Lines of JSON, a mebibyte at a time, of which gzip makes a third or so. */
export async function* linesOf(bytes: number): AsyncGenerator<Buffer> {
  const lines = Array.from({ length: 16_384 }, (_, line) => `${JSON.stringify({ line, id: crypto.randomUUID() })}`)
  const block = Buffer.from(lines.map((line) => `${line.padEnd(63)}\n`).join(''))
  for (let sent = 0; sent < bytes; sent += block.length) yield block
}
