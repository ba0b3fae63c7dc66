import { execFile } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from '../checkout.ts'

/** Bundles the functions, so that the sandbox runs what the sources say now; turbo knows when there is nothing to do. */
export async function buildFunctions(signal: AbortSignal): Promise<void> {
  const bin = join(checkout, 'node_modules/.bin')
  const args = ['run', 'build', '--filter=./functions/*', '--output-logs=errors-only']
  const env = { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) }
  try {
    await promisify(execFile)(join(bin, 'turbo'), args, { cwd: checkout, env, signal })
  } catch (error) {
    signal.throwIfAborted()
    const { stdout = '', message } = error as Error & { stdout?: string }
    throw new Error(`The functions could not be bundled; \`npm run build\` shows it again.\n${stdout || message}`, {
      cause: error,
    })
  }
}
