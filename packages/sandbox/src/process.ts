import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

/**
 * When a process began, as text that is only good for comparing: a process id alone may be another process's by now.
 * Undefined when there is no such process.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  try {
    return process.platform === 'linux'
      ? startOnLinux(await readFile(`/proc/${pid}/stat`, 'utf8'))
      : await startByPs(pid)
  } catch {
    return undefined
  }
}

/**
 * Field 22 of proc_pid_stat(5), in clock ticks; the command in field 2 may hold spaces and brackets. A zombie (state Z) has ended
 * unless other threads of it (field 20) are still ending: until then its port is taken.
 */
function startOnLinux(stat: string): string | undefined {
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' && Number(fields[16]) <= 1 ? undefined : fields[18]
}

async function startByPs(pid: number): Promise<string | undefined> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])
  return stdout.trim() || undefined
}

/** Waits until the process that began then is gone; false when it is still there after `milliseconds`. */
export async function gone(pid: number, startedAt: string, milliseconds: number): Promise<boolean> {
  const deadline = Date.now() + milliseconds
  while ((await startOf(pid)) === startedAt) {
    if (Date.now() > deadline) return false
    await sleep(20)
  }
  return true
}
