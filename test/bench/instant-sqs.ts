import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** SQS and DynamoDB on this machine, as far as a node needs them, that take next to no time of their own. */
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
