import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type AccountName,
  type ClientOptions,
  clientOptions,
  type KafkaCluster,
  openSandbox,
} from '@causeway-aws/sandbox'

/** A sandbox of the benchmark's own, which is gone when it is disposed of. */
export interface BenchSandbox extends AsyncDisposable {
  /** What an AWS client is made with to be an account's administrator. */
  client(account: AccountName): Promise<ClientOptions>
  /** The partner's Kafka, started when it is first asked for. */
  kafka(): Promise<KafkaCluster>
}

export async function startSandbox(): Promise<BenchSandbox> {
  const directory = await mkdtemp(join(tmpdir(), 'causeway-bench-'))
  const sandbox = openSandbox({ directory, venv: join(import.meta.dirname, '../../.venv/sandbox') })
  const dispose = async () => {
    await sandbox.stop()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await sandbox.start({ port: 'free' })
    const client = async (account: AccountName) => clientOptions(await sandbox.credentials(account))
    return { client, kafka: () => sandbox.kafka(), [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
