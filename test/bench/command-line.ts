import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { compared, type Figure } from './figure.ts'
import { inPairs } from './pairs.ts'

const run = promisify(execFile)
const bin = join(import.meta.dirname, '../../packages/cli/bin/causeway.js')

/** How long `causeway --version` takes from this checkout, beside a Node that does nothing. */
export async function* commandLine(): AsyncGenerator<Figure> {
  const samples = await inPairs(
    30,
    () => milliseconds([bin, '--version']),
    () => milliseconds(['--eval', '']),
  )
  yield compared('causeway --version', samples)
}

async function milliseconds(args: readonly string[]): Promise<number> {
  const start = performance.now()
  await run(process.execPath, args)
  return performance.now() - start
}
