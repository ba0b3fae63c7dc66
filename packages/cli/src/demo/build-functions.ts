import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { checkout } from '../checkout.ts'

/** Bundles the functions, so that the sandbox runs what the sources say now; turbo knows when there is nothing to do. */
export async function buildFunctions(): Promise<void> {
  const args = ['run', 'build', '--filter=./functions/*', '--output-logs=errors-only']
  try {
    await promisify(execFile)('turbo', args, { cwd: checkout })
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : String(error)
    throw new Error(`The functions could not be bundled; \`npm run build\` shows it again.\n${output}`, {
      cause: error,
    })
  }
}
