// Takes away what setup, builds, tests and the sandbox made in this checkout, and nothing else.
// Plain JavaScript, because Node 24 is among what it takes away.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const causeway = join(root, 'packages/cli/bin/causeway.js')
if (existsSync(join(root, '.causeway')) && existsSync(join(root, 'node_modules'))) {
  spawnSync(process.execPath, [causeway, 'sandbox', 'stop'], { cwd: root, stdio: 'inherit' })
}

const inside = (folder) => readdirSync(join(root, folder)).map((name) => join(folder, name))
const workspaces = [...inside('packages'), ...inside('functions'), 'infra', 'test']
const made = workspaces.flatMap((workspace) => ['dist', '.turbo', 'node_modules'].map((name) => join(workspace, name)))
for (const path of [...made, '.turbo', '.venv', '.causeway', 'node_modules']) {
  rmSync(join(root, path), { recursive: true, force: true })
}
