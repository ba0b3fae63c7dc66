import { randomUUID } from 'node:crypto'
import { readFile, readlink, rm, symlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import * as v from 'valibot'

/** Who holds a lock. */
export interface LockHolder {
  readonly id: string
  readonly host: string
  readonly pid: number
  /** What tells the process from a later one of the same number, where this machine says that. */
  readonly began?: string | undefined
}

/** What says beside a file which process has it, until it is disposed of. */
export interface FileLock extends AsyncDisposable {
  readonly holder: LockHolder
}

const holderSchema = v.strictObject({
  id: v.string(),
  host: v.string(),
  pid: v.number(),
  began: v.optional(v.string()),
})

/** What lies in the place of a lock does not say who holds it. */
export class LockUnreadableError extends Error {}

/** The locks of this process: after a restart of its container another process may have had its number. */
const held = new Set<string>()

/**
 * Takes a lock, or answers who holds it. One whose process is dead is taken over, also where another has its number by now;
 * of a process on another host nobody here can know that.
 */
export async function lockFile(path: string): Promise<FileLock | LockHolder> {
  const holder = { id: randomUUID(), host: hostname(), pid: process.pid, began: (await processOf(process.pid))?.began }
  held.add(holder.id)
  let taken = false
  try {
    const other = await takenBy(holder, path)
    if (other) return other
    taken = true
  } finally {
    if (!taken) held.delete(holder.id)
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
async function takenBy(holder: LockHolder, path: string): Promise<LockHolder | undefined> {
  for (;;) {
    const current = await linked(holder, path)
    if (!current || (await isAlive(current))) return current
    // Only one takes away the lock of the dead. Who comes after that finds that it has another holder, or none.
    const turn = await lockFile(`${path}.after`)
    if (!('holder' in turn)) return turn
    await using _ = turn
    if ((await holderOf(path))?.id === current.id) await rm(path)
  }
}

/**
 * A lock is a symbolic link that leads nowhere: what it leads to says who holds it. It is there with that, or not at all, and
 * nothing has to be made before it, which a process that is killed would leave.
 */
async function linked(holder: LockHolder, path: string): Promise<LockHolder | undefined> {
  for (;;) {
    try {
      await symlink(JSON.stringify(holder), path)
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const current = await holderOf(path)
    if (current) return current
  }
}

async function holderOf(path: string): Promise<LockHolder | undefined> {
  try {
    return v.parse(holderSchema, JSON.parse(await readlink(path)))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    // EINVAL: it is no link.
    if (code === 'EINVAL' || error instanceof SyntaxError || error instanceof v.ValiError)
      throw new LockUnreadableError()
    throw error
  }
}

async function isAlive({ id, host, pid, began }: LockHolder): Promise<boolean> {
  if (host !== hostname()) return true
  if (pid === process.pid) return held.has(id)
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = await processOf(pid)
  // A zombie has ended, and its parent has not asked yet how: perhaps it never will.
  return !now || (!'ZX'.includes(now.state) && (!began || now.began === began))
}

/** What Linux says of any process: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
interface ProcessState {
  readonly state: string
  /** When it began (`starttime`), in ticks since the machine did, and which start of the machine that was. */
  readonly began: string
}

async function processOf(pid: number): Promise<ProcessState | undefined> {
  try {
    const [stat = '', boot = ''] = await Promise.all(
      [`/proc/${pid}/stat`, '/proc/sys/kernel/random/boot_id'].map((path) => readFile(path, 'utf8')),
    )
    // The second field is the name of its program in parentheses, which may hold anything, also these.
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state, began: `${fields[22 - 4]} ${boot.trim()}` }
  } catch {
    return undefined
  }
}
