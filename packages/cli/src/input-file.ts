import { open, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { UsageError } from './exit.ts'

/** Opens a file that a flag names; `-` is standard input. */
export async function openInput(flag: string, path: string): Promise<Readable> {
  if (path === '-') return process.stdin
  const unreadable = ({ code }: NodeJS.ErrnoException): never => {
    throw new UsageError(`${flag}: ${path} cannot be read (${code}).`)
  }
  if ((await stat(path).catch(unreadable)).isDirectory()) {
    throw new UsageError(`${flag}: ${path} is a folder; give a file.`)
  }
  return (await open(path).catch(unreadable)).createReadStream()
}

/**
 * Makes what says whether a file was written to since. What is put in its place meanwhile is another file, of which
 * nothing was read; and a pipe has nothing that could change.
 */
export async function watchChange(path: string): Promise<() => Promise<boolean>> {
  const before = path === '-' ? undefined : await stat(path)
  if (!before?.isFile()) return async () => false
  return async () => {
    const now = await stat(path).catch(() => undefined)
    return now?.ino === before.ino && (now.size !== before.size || now.mtimeMs !== before.mtimeMs)
  }
}
