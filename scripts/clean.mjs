// Takes away everything that setup, builds, tests and the sandbox made in this checkout; what git does not ignore stays.
// Plain JavaScript, because Node 24 is among what it takes away.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const run = (command, args) => spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status ?? 1

if (existsSync(join(root, '.causeway')) && existsSync(join(root, 'node_modules/.bin/causeway'))) {
  run('npx', ['causeway', 'sandbox', 'stop'])
}
process.exitCode = run('git', ['clean', '-dXf', '--quiet'])
