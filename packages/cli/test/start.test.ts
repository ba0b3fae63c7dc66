import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { flowNames } from '../src/commands/demo.ts'
import { flows } from '../src/demo/flows.ts'

it('prints help without loading what talks to AWS, which would take most of the time', async () => {
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => (console.error(url), next(url, context)) })
    const { main } = await import('@causeway-aws/cli')
    for (const words of ['edge send', 'kinesis read']) await main([...words.split(' '), '--help'])`
  const args = ['--conditions=causeway-source', '--input-type=module', '--eval', program]
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname })
  expect(stdout).toMatch(/--external-id-from/)
  expect(stderr).toMatch(/\/commander\//)
  expect(stderr.match(/.*(?:@aws-sdk|@smithy|packages\/(?:auth|edge|sandbox))\/.*/g) ?? []).toEqual([])
})

it('knows the names of the flows of the demo', () => {
  expect(flowNames).toEqual(flows.map(({ name }) => name))
})
