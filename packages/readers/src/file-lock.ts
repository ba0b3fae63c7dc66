import { randomUUID } from 'node:crypto'
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import * as v from 'valibot'

/** Who holds a lock. */
export interface LockHolder {
  readonly id: string
  readonly host: string
  readonly pid: number
}

/** A file that says which process has something, until it is disposed of. */
export interface FileLock extends AsyncDisposable {
  readonly holder: LockHolder
}

const holderSchema = v.strictObject({ id: v.string(), host: v.string(), pid: v.number() })

/** The locks of this process: after a restart of its container another process may have had its number. */
const held = new Set<string>()

/**
 * Takes a lock, or answers who holds it. One whose process is dead is taken over; of a process on another host nobody here
 * can know that.
 */
export async function lockFile(path: string): Promise<FileLock | LockHolder> {
  const holder = { id: randomUUID(), host: hostname(), pid: process.pid }
  const own = `${path}.${holder.id}`
  held.add(holder.id)
  try {
    await writeFile(own, JSON.stringify(holder), { mode: 0o600 })
    const other = await takenBy(own, path)
    if (other) held.delete(holder.id)
    if (other) return other
  } finally {
    await rm(own, { force: true })
  }
  return {
    holder,
    async [Symbol.asyncDispose]() {
      held.delete(holder.id)
      await rm(path, { force: true })
    },
  }
}

/** Puts a lock in its place, or answers who has that. */
async function takenBy(own: string, path: string): Promise<LockHolder | undefined> {
  for (;;) {
    const current = await linked(own, path)
    if (!current || isAlive(current)) return current
    // Only one takes this lock over. Who comes after that finds that it has another holder.
    const turn = await lockFile(`${path}.after-${current.id}`)
    if (!('holder' in turn)) return turn
    await using _ = turn
    if ((await holderOf(path))?.id !== current.id) continue
    await rename(own, path)
    return undefined
  }
}

/** Whoever sees a lock sees who holds it: it is there with what is in it, or not at all. */
async function linked(own: string, path: string): Promise<LockHolder | undefined> {
  for (;;) {
    try {
      await link(own, path)
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await holderOf(path)
    if (holder) return holder
  }
}

async function holderOf(path: string): Promise<LockHolder | undefined> {
  try {
    return v.parse(holderSchema, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function isAlive({ id, host, pid }: LockHolder): boolean {
  if (host !== hostname()) return true
  if (pid === process.pid) return held.has(id)
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
