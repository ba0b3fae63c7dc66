import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

/** A zip file, and a name that is the same for the same content. */
export interface Bundle {
  key: string
  body: Buffer
}

/** Zips a folder so that the same files give the same bytes: sorted, and all of the same date. Undefined when there are no files. */
export async function bundle(folder: string): Promise<Bundle | undefined> {
  if (!existsSync(folder)) return undefined
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  if (files.length === 0) return undefined
  const zip = new ZipFile()
  for (const file of files.sort()) {
    const isExecutable = ((await stat(file)).mode & 0o100) !== 0
    zip.addBuffer(await readFile(file), relative(folder, file), {
      mtime: new Date(1980, 0, 1),
      // The other form of a date in a zip file depends on the time zone.
      forceDosTimestamp: true,
      mode: isExecutable ? 0o100755 : 0o100644,
    })
  }
  zip.end()
  const body = await buffer(zip.outputStream)
  return { key: `${createHash('sha256').update(body).digest('hex')}.zip`, body }
}
