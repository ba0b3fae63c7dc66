import { existsSync } from 'node:fs'
import { must, run } from './command.ts'

/** Whether packages can be installed here without asking anyone: Debian or its like, as root. */
export function isDebianRoot(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0
}

/** Installs packages from the distribution. */
export async function install(packages: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  await must('apt-get update', 'apt-get', ['update', '-qq'], { env })
  await must(
    `Installing ${packages.join(' ')}`,
    'apt-get',
    ['install', '-y', '-qq', '--no-install-recommends', ...packages],
    { env },
  )
}

/** Where a program is, or undefined. */
export async function which(program: string): Promise<string | undefined> {
  const { code, stdout } = await run('sh', ['-c', 'command -v "$0"', program])
  return code === 0 ? stdout.trim() : undefined
}
