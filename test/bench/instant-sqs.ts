import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** SQS on this machine, as far as SendMessageBatch goes, that takes next to no time of its own. */
export interface InstantSqs extends AsyncDisposable {
  readonly endpoint: string
}

export async function startInstantSqs(): Promise<InstantSqs> {
  const worker = new Worker(new URL('./instant-sqs-worker.ts', import.meta.url))
  const [port] = await once(worker, 'message')
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}
