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
