import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InvalidOptions, parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { AccountName, Sandbox, SandboxCredentials, StartOptions } from './contract.ts'
import { credentialsOf, environmentOf } from './credentials.ts'
import { endpointOf } from './health.ts'
import { trustedFile } from './kafka/certificates.ts'
import { kafkaCluster, runningKafka } from './kafka/cluster.ts'
import { layout } from './layout.ts'
import { reset, start, stop } from './lifecycle.ts'
import { expectRunning, findRunning, notRunning } from './running.ts'
import { findServer } from './server.ts'
import { statusOf } from './status.ts'

/** Options of {@link openSandbox}. */
export interface SandboxOptions {
  /** The checkout. The sandbox's state, keys and log are kept in its folder `.causeway`. */
  directory: string
  /** The virtual environment with MiniStack. Default: `.venv/sandbox` in the checkout, which `node setup.mjs` makes. */
  venv?: string
}

const sandboxSchema = v.strictObject({ directory: v.string(), venv: v.optional(v.string()) })

const startSchema = v.strictObject({
  port: v.exactOptional(
    v.union(
      [v.literal('free'), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))],
      'must be a whole number from 1 to 65535, or "free"',
    ),
  ),
  keep: v.exactOptional(v.boolean()),
  onProgress: v.exactOptional(
    v.custom<NonNullable<StartOptions['onProgress']>>((listener) => typeof listener === 'function'),
  ),
})

/**
 * The sandbox of one checkout, whether it runs or not: nothing is started or read before a method is called.
 *
 * @throws InvalidOptions when an option is missing or unknown, or the directory is not there.
 * @see https://github.com/ministackorg/ministack
 * @example
 * ```ts
 * import { openSandbox } from '@causeway-aws/sandbox'
 *
 * const sandbox = openSandbox({ directory: process.cwd() })
 * const { endpoint } = await sandbox.start()
 * const { accessKeyId } = await sandbox.credentials('partner')
 * process.stdout.write(`partner is ${accessKeyId} at ${endpoint}\n`)
 * await sandbox.stop()
 * ```
 */
export function openSandbox(options: SandboxOptions): Sandbox {
  const paths = layoutOf(options)

  const credentials = async (account: AccountName): Promise<SandboxCredentials> => {
    const { server, keys } = await expectRunning(paths)
    return credentialsOf(endpointOf(server.port), keys, account)
  }

  return {
    credentials,

    async start(startOptions = {}) {
      await start(paths, parseOptions('sandbox.start', startSchema, startOptions))
      return statusOf(paths, await expectRunning(paths))
    },

    stop() {
      return stop(paths)
    },

    async status() {
      if ((await findServer(paths)) === undefined) return { running: false }
      return statusOf(paths, await expectRunning(paths))
    },

    reset() {
      return reset(paths)
    },

    async environment(account) {
      const kafka = await runningKafka(paths)
      return {
        ...environmentOf(await credentials(account)),
        ...(kafka && { NODE_EXTRA_CA_CERTS: await trustedFile(paths), CLUSTER: kafka.clusterArn }),
      }
    },

    async deploy(deployment) {
      const { deploy } = await import('./deploy.ts')
      return deploy(deployment, credentials)
    },

    async kafka({ onProgress = () => {} } = {}) {
      return kafkaCluster(paths, await credentials('partner'), onProgress)
    },

    async *logs(functionName, logsOptions) {
      const { logs } = await import('./logs.ts')
      const lines = logs(functionName, logsOptions, await credentials(logsOptions.account))
      try {
        yield* lines
      } catch (error) {
        // A refused connection says less.
        throw (await findRunning(paths)) === undefined ? await notRunning(paths) : error
      }
    },
  }
}

function layoutOf(options: SandboxOptions): ReturnType<typeof layout> {
  const { directory, venv } = parseOptions('openSandbox', sandboxSchema, options)
  try {
    // Two paths of one checkout have one sandbox.
    const real = realpathSync(directory)
    return layout(real, venv === undefined ? join(real, '.venv', 'sandbox') : resolve(venv))
  } catch {
    throw new InvalidOptions(`openSandbox: there is no directory ${directory}.`)
  }
}
