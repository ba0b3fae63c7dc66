import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const index = new URL('../src/index.ts', import.meta.url)

/** The AWS packages that a process of its own has loaded after running this. */
async function loadedAfter(statement: string): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    const loaded = new Set()
    registerHooks({ load: (url, context, next) => {
      const [, name] = /node_modules\\/(@(?:aws-sdk|smithy)\\/[^/]+)/.exec(url) ?? []
      if (name) loaded.add(name)
      return next(url, context)
    } })
    const auth = await import(${JSON.stringify(index.href)})
    ${statement}
    process.stdout.write(JSON.stringify([...loaded]))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
  return JSON.parse(stdout)
}

describe('a cold start', () => {
  it('loads no AWS SDK for policies, errors, and roles and secrets that are not used yet', async () => {
    const loaded = await loadedAfter(`
      auth.policies.assumeRole('arn:aws:iam::111111111111:role/orders-sender')
      auth.assumedRole({ roleArn: 'arn:aws:iam::111111111111:role/orders-sender' })
      auth.secret('ssm:/orders/external-id')`)
    expect(loaded).toEqual([])
  })

  it('loads the SDK when a role is first used', async () => {
    const loaded = await loadedAfter(`
      await auth.assumedRole({ roleArn: 'arn:aws:iam::111111111111:role/orders-sender', sts: {
        config: { region: async () => 'eu-west-1' }, send: async () => ({}) } })().catch(() => {})`)
    expect(loaded).toContain('@aws-sdk/client-sts')
  })
})
