import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { checkout } from './checkout.ts'

/**
 * Bundles the functions, or the one of that name, so that the sandbox runs what the sources say now; turbo knows when
 * there is nothing to do.
 */
export async function buildFunctions(signal: AbortSignal, name = '*'): Promise<void> {
  const bin = join(checkout, 'node_modules/.bin')
  const args = ['run', 'build', `--filter=./functions/${name}`, '--output-logs=errors-only']
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

/** Bundles the function of this checkout that has the given folder for its bundle, and answers whether there is one. */
export async function buildBundle(folder: string, signal: AbortSignal): Promise<boolean> {
  const [, name] = /^([\w-]+)[/\\]dist$/.exec(relative(join(checkout, 'functions'), folder)) ?? []
  if (name === undefined || !existsSync(join(checkout, 'functions', name, 'package.json'))) return false
  await buildFunctions(signal, name)
  return true
}
