import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { flowNames } from '../src/commands/demo.ts'
import { flows } from '../src/demo/flows.ts'

/** What is loaded while command lines run, one after the other, and what they print. */
async function loadedBy(...lines: string[]): Promise<{ printed: string; loaded: string }> {
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => (console.error(url), next(url, context)) })
    const { main } = await import('@causeway-aws/cli')
    for (const line of ${JSON.stringify(lines)}) await main(line.split(' '))`
  const args = ['--conditions=causeway-source', '--input-type=module', '--eval', program]
  const options = { cwd: import.meta.dirname, env: { PATH: process.env.PATH, AWS_EC2_METADATA_DISABLED: 'true' } }
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, options)
  return { printed: stdout, loaded: stderr }
}

it('prints help without loading what talks to AWS, which would take most of the time', async () => {
  const { printed, loaded } = await loadedBy(
    'edge send --help',
    'kinesis read --help',
    'kafka read --help',
    's3 read --help',
  )
  expect(printed).toMatch(/--external-id-from/)
  expect(loaded).toMatch(/\/commander\//)
  const heavy = /.*(?:@aws-sdk|@smithy|kafkajs|packages\/(?:auth|edge|readers(?!\/src\/utc-time)|sandbox))\/.*/g
  expect(loaded.match(heavy) ?? []).toEqual([])
})

it.each([
  ['kinesis read --stream orders --region eu-west-1', 'client-kinesis'],
  ['kafka read --topic orders --group home --brokers localhost:1 --region eu-west-1', 'kafkajs'],
  ['s3 read --bucket example-exports --region eu-west-1', 'client-s3'],
])('runs %s without loading what others read with', async (line, client) => {
  const { loaded } = await loadedBy(line)
  const clients = loaded.match(/(?<=\/)(?:kafkajs|client-(?:kinesis|s3|kafka))(?=\/)/g)
  expect([...new Set(clients)]).toEqual([client])
})

it('knows the names of the flows of the demo', () => {
  expect(flowNames).toEqual(flows.map(({ name }) => name))
})
