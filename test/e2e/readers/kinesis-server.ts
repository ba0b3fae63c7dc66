import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { KinesisClient, ListStreamsCommand } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'

/** Kinesis on this machine, which splits and merges shards as AWS does; the sandbox loses what a parent had. */
export interface KinesisServer extends AsyncDisposable {
  readonly client: KinesisClient
  readonly endpoint: string
}

/** Its ports were free when they were chosen; another process may have taken one since. */
export async function startKinesis(): Promise<KinesisServer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start()
    } catch (error) {
      if (attempt === 3) throw error
    }
  }
}

async function start(): Promise<KinesisServer> {
  const main = createRequire(import.meta.url).resolve('kinesis-local/main.js')
  const [plain, tls] = await freePorts()
  const server = spawn(process.execPath, ['--import', join(import.meta.dirname, 'on-loopback.mjs'), main], {
    cwd: dirname(main), // where its certificate is
    env: {
      PATH: process.env.PATH,
      KINESIS_MOCK_PLAIN_PORT: `${plain}`,
      KINESIS_MOCK_TLS_PORT: `${tls}`,
      SPLIT_SHARD_DURATION: '50ms',
      MERGE_SHARDS_DURATION: '50ms',
      CREATE_STREAM_DURATION: '50ms',
      SHARD_LIMIT: '500',
    },
    stdio: 'ignore',
  })
  const endpoint = `http://127.0.0.1:${plain}`
  const client = new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    // Its own speaks HTTP/2, which a server without TLS does not.
    requestHandler: new NodeHttpHandler(),
  })
  const exited = once(server, 'exit').then(() => {
    throw new Error('kinesis-local has ended')
  })
  exited.catch(() => {})
  await Promise.race([answering(client), exited])
  return {
    client,
    endpoint,
    async [Symbol.asyncDispose]() {
      client.destroy()
      if (server.exitCode !== null) return
      server.kill('SIGKILL')
      await once(server, 'exit')
    },
  }
}

async function answering(client: KinesisClient): Promise<void> {
  const end = performance.now() + 60_000
  for (;;) {
    try {
      await client.send(new ListStreamsCommand({}))
      return
    } catch (error) {
      if (performance.now() > end) throw new Error('kinesis-local does not answer', { cause: error })
    }
    await sleep(100)
  }
}

async function freePorts(): Promise<number[]> {
  const servers = [createServer(), createServer()]
  const ports = []
  for (const server of servers) {
    await once(server.listen(0, '127.0.0.1'), 'listening')
    ports.push((server.address() as AddressInfo).port)
  }
  for (const server of servers) await once(server.close(), 'close')
  return ports
}
