import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** S3 on this machine, as far as uploads and downloads go, that takes next to no time of its own. */
export interface InstantS3 extends AsyncDisposable {
  readonly endpoint: string
}

export async function startInstantS3(): Promise<InstantS3> {
  const worker = new Worker(new URL('./instant-s3-worker.ts', import.meta.url))
  const [port] = await once(worker, 'message')
  return {
    endpoint: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void (await worker.terminate()),
  }
}
