import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'

/** Whether a source that a bundle's source map names was changed after the bundle was made. A bundle without a map is never outdated. */
export async function isOutdated(folder: string): Promise<boolean> {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.js.map'))) {
    const map = join(folder, name)
    const { sources } = JSON.parse(await readFile(map, 'utf8')) as { sources: string[] }
    const made = await changedAt(map)
    for (const source of sources.filter((path) => !path.includes('/node_modules/'))) {
      if ((await changedAt(resolve(folder, source))) > made) return true
    }
  }
  return false
}

/** In milliseconds; 0 for what a bundler made up or somebody deleted. */
async function changedAt(file: string): Promise<number> {
  return (await stat(file).catch(() => undefined))?.mtimeMs ?? 0
}
