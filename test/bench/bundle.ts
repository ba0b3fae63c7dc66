import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Figure, measured } from './figure.ts'

const root = new URL('../../', import.meta.url)

/** The folder of the function that is measured. */
export const trigger: URL = new URL('functions/edge-trigger/', root)

/** The bytes of edge-trigger, held to its budget. */
export async function* bundle(): AsyncGenerator<Figure> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-bench-'))
  try {
    const { size } = await stat(await bundleOf(new URL('src/handler.ts', trigger), folder))
    const { causeway } = JSON.parse(await readFile(new URL('package.json', trigger), 'utf8'))
    yield measured('handler.js', [size], { at: 'most', limit: causeway.bundleBudget })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Bundles a function, by its src/handler.ts, as its build does, and answers where the bundle is. */
export async function bundleOf(handler: URL, output: string): Promise<string> {
  const args = ['--conditions=causeway-source', fileURLToPath(new URL('scripts/bundle.ts', root)), output]
  await promisify(execFile)(process.execPath, args, { cwd: new URL('..', handler) })
  return join(output, 'handler.js')
}
