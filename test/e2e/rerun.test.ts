import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { root } from '../sandbox.ts'

interface DryRun {
  tasks: { taskId: string; inputs: Record<string, string> }[]
}

it.each(['../infra/edge.yaml', '../infra/partner/sender.yaml', '../README.md', '../docs/wire-format.md'])(
  'runs these tests again when %s changes',
  async (file) => {
    const turbo = join(root, 'node_modules/.bin/turbo')
    const args = ['run', 'test', '--filter=@causeway-aws/test', '--dry=json']
    const { stdout } = await promisify(execFile)(turbo, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
    const { tasks }: DryRun = JSON.parse(stdout)
    expect(tasks.find(({ taskId }) => taskId === '@causeway-aws/test#test')?.inputs).toHaveProperty([file])
  },
)
