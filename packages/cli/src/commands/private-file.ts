import { randomUUID } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { UsageError } from '../exit.ts'

/** Writes a file that only its owner reads, whole or not at all, in place of one that others may read. `option` names it, for the error. */
export async function writePrivateFile(path: string, content: string, option = '--to: '): Promise<void> {
  const unfinished = `${path}.${randomUUID()}.part`
  try {
    await writeFile(unfinished, content, { mode: 0o600, flag: 'wx' })
    await rename(unfinished, path)
  } catch (error) {
    await rm(unfinished, { force: true })
    throw new UsageError(`${option}${path} cannot be written (${(error as NodeJS.ErrnoException).code}).`)
  }
}
