import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Runs `work` while no other process of this machine runs any under the same lock file.
 * SQLite's exclusive lock is the operating system's, so it is gone with its process, however that ends: no stale locks.
 */
export async function locked<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  using database = new DatabaseSync(file, { timeout: 0 })
  while (!acquired(database)) await sleep(50)
  return await work()
}

function acquired(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false
    throw error
  }
}

// https://www.sqlite.org/rescode.html#busy
const SQLITE_BUSY = 5
