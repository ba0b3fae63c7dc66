import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { SourceMap } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startSqs } from './sqs-server.ts'

const root = join(import.meta.dirname, '..')
const target = 'https://sqs.eu-west-1.amazonaws.com/222222222222/answers.fifo'

describe("The function's bundle", () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'causeway-bundle-'))
    await build(join(folder, 'dist'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('is the same, byte for byte, when it is built again', async () => {
    await build(join(folder, 'again'))
    const files = await readdir(join(folder, 'dist'))
    expect(await readdir(join(folder, 'again'))).toEqual(files)
    for (const file of files) {
      expect(await readFile(join(folder, 'again', file), 'utf8')).toBe(
        await readFile(join(folder, 'dist', file), 'utf8'),
      )
    }
  })

  it('has nothing of what the function as it ships does not use', async () => {
    const { sources } = JSON.parse(await readFile(join(folder, 'dist/handler.js.map'), 'utf8'))
    const includes = (name: string) => sources.some((source: string) => source.includes(`/@aws-sdk/${name}/`))
    expect(includes('client-sqs')).toBe(true)
    for (const unused of [
      'client-sts',
      'client-ssm',
      'client-secrets-manager',
      'nested-clients',
      'credential-provider-sso',
    ]) {
      expect(includes(unused), unused).toBe(false)
    }
  })

  it('handles an event, with credentials from the environment', async () => {
    const sqs = await startSqs()
    onTestFinished(() => void sqs.close())
    const credentials = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example' }
    expect(await invoke({ AWS_ENDPOINT_URL: sqs.endpoint, ...credentials })).toEqual({ batchItemFailures: [] })
    expect(sqs.accepted.get(target)).toHaveLength(3)
  })

  it('handles an event, with credentials from a container endpoint', async () => {
    const sqs = await startSqs()
    onTestFinished(() => void sqs.close())
    const credentials = await startCredentialsEndpoint()
    const environment = { AWS_ENDPOINT_URL: sqs.endpoint, AWS_CONTAINER_CREDENTIALS_FULL_URI: credentials }
    expect(await invoke(environment)).toEqual({ batchItemFailures: [] })
    expect(sqs.accepted.get(target)).toHaveLength(3)
  })

  it.each([
    [{ processor: 'filter', expression: 'order > 1001' }, ['{"order":1002}', '{"order":1003}']],
    [{ processor: 'project', expression: '{ "id": order }' }, ['{"id":1001}', '{"id":1002}', '{"id":1003}']],
    [{ processor: 'fanOut', expression: '[order]' }, ['1001', '1002', '1003']],
    [
      { processor: 'table', table: 'orders', item: '{ "id": $string(order) }' },
      ['{"order":1001}', '{"order":1002}', '{"order":1003}'],
    ],
  ])('has what the route %j needs', async (route, bodies) => {
    const sqs = await startSqs()
    onTestFinished(() => void sqs.close())
    const environment = {
      AWS_ENDPOINT_URL: sqs.endpoint,
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'example',
      ROUTES: JSON.stringify({ order: { ...route, targets: [target] } }),
    }
    expect(await invoke(environment)).toEqual({ batchItemFailures: [] })
    expect(
      sqs.accepted
        .get(target)
        ?.map(({ MessageBody }) => MessageBody)
        .sort(),
    ).toEqual(bodies)
  })

  it('says which line of the sources an error is from, at once or by its map', async () => {
    const faulty = { ROUTES: '{', NODE_OPTIONS: '--enable-source-maps' }
    await expect(invoke(faulty)).rejects.toThrow(/packages\/handler\/src\/configuration\.ts:\d+:\d+/)
    const { message } = await invoke({ ROUTES: '{' }).then(
      () => new Error('It is loaded.'),
      (error: Error) => error,
    )
    const [, line, column] = /handler\.js:(\d+):(\d+)\)/.exec(message) ?? []
    const map = new SourceMap(JSON.parse(await readFile(join(folder, 'dist/handler.js.map'), 'utf8')))
    expect(map.findOrigin(Number(line), Number(column))).toMatchObject({
      fileName: expect.stringMatching(/packages\/handler\/src\/configuration\.ts$/),
    })
  })

  /** Loads the bundle as Lambda does, with nothing but its own folder, and gives it an event. */
  async function invoke(environment: Record<string, string>): Promise<unknown> {
    const script = `
      const { handler } = require('./dist/handler.js')
      const event = JSON.parse(require('node:fs').readFileSync(${JSON.stringify(join(root, 'events/fifo.json'))}))
      handler(event, { functionName: 'orders', getRemainingTimeInMillis: () => 30_000 }).then((answer) => {
        process.stdout.write(JSON.stringify(answer))
        process.exit()
      })`
    const env = {
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      ROUTES: JSON.stringify({ order: { processor: 'forward', targets: [target] } }),
      MESSAGE_TYPE: 'order',
      ...environment,
    }
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder, env })
    return JSON.parse(stdout.split('\n').at(-1) ?? '')
  }
})

describe('A module that is imported by import()', () => {
  const handler = `
    export const handler = async () => {
      const { plain } = await import('./plain/colour.ts')
      const { default: common } = await import('./common.cjs')
      return [plain, common, (await import('./plain/colour.ts')).file]
    }`
  const sources = {
    'src/handler.ts': handler,
    'src/plain/colour.ts': `export const plain = 'red'\nexport const file = import.meta.filename`,
    'src/common.cjs': `module.exports = 'blue'`,
  }

  it('is a file of its own with its source map, which is read when it is first used', async () => {
    const folder = await functionOf(sources)
    expect(await build('dist', folder)).toMatch(/^example: plain-colour\.js has \d+ bytes, loaded on first use$/m)
    expect(await readdir(join(folder, 'dist'))).toEqual([
      'common.js',
      'common.js.map',
      'handler.js',
      'handler.js.map',
      'package.json',
      'plain-colour.js',
      'plain-colour.js.map',
    ])
    const script = `
      const loaded = () => Object.keys(require.cache).map((path) => require('node:path').basename(path))
      const { handler } = require('./dist/handler.js')
      const before = loaded()
      handler().then((answer) => process.stdout.write(JSON.stringify({ answer, before, after: loaded() })))`
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: folder })
    expect(JSON.parse(stdout)).toEqual({
      answer: ['red', 'blue', await realpath(join(folder, 'dist/plain-colour.js'))],
      before: ['handler.js'],
      after: ['handler.js', 'plain-colour.js', 'common.js'],
    })
  })

  it('leaves no file behind when nothing imports it any more', async () => {
    const folder = await functionOf(sources)
    await build('dist', folder)
    await writeFile(join(folder, 'src/handler.ts'), `export const handler = 'alone'`)
    await build('dist', folder)
    expect(await readdir(join(folder, 'dist'))).toEqual(['handler.js', 'handler.js.map', 'package.json'])
  })

  it('may not bring a module of ours that another file has, whose classes would then be two', async () => {
    const folder = await functionOf({
      'src/handler.ts': `export { Fault } from './fault.ts'\nexport const load = () => import('./late.ts')`,
      'src/late.ts': `import { Fault } from './fault.ts'\nexport const fail = () => { throw new Fault() }`,
      'src/fault.ts': 'export class Fault extends Error {}',
    })
    await expect(build('dist', folder)).rejects.toMatchObject({
      stderr:
        'src/fault.ts would be in handler.js and in late.js, and its classes be two of each: import it in only one of them.\n',
    })
  })

  it('may not have a default export, which its importer would not find', async () => {
    const folder = await functionOf({
      'src/handler.ts': `export const load = () => import('./late.ts')`,
      'src/late.ts': 'export default 1',
    })
    await expect(build('dist', folder)).rejects.toMatchObject({
      stderr: expect.stringMatching(
        /^The default export of .*late\.ts would be lost by import\(\): export it by a name\.$/m,
      ),
    })
  })

  it.each([
    ['of the same file', `export const load = () => [import('./late.ts'), import('./late.js')]`, ''],
    ['of another file', `export const load = () => [import('./late.ts'), import('./more.ts')]`, `import('./late.js')`],
  ])('may not have the name of another %s', async (_, handler, more) => {
    const folder = await functionOf({
      'src/handler.ts': handler,
      'src/more.ts': `export const more = () => ${more || 1}`,
      'src/late.ts': 'export const one = 1',
      'src/late.js': 'export const two = 2',
    })
    await expect(build('dist', folder)).rejects.toMatchObject({
      stderr: expect.stringContaining('would both be late.js'),
    })
  })
})

/** A function of these sources, in a folder of its own. */
async function functionOf(sources: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'causeway-function-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const manifest = JSON.stringify({ name: 'example', type: 'module', causeway: { bundleBudget: 10_000 } })
  for (const [path, source] of Object.entries({ ...sources, 'package.json': manifest })) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), source)
  }
  return folder
}

/** Answers what it printed. */
async function build(output: string, folder = root): Promise<string> {
  const args = ['--conditions=causeway-source', join(root, '../../scripts/bundle.ts'), output]
  return (await promisify(execFile)(process.execPath, args, { cwd: folder })).stdout
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html */
async function startCredentialsEndpoint(): Promise<string> {
  const server = createServer((_request, response) => {
    const Expiration = new Date(Date.now() + 3_600_000).toISOString()
    response.end(JSON.stringify({ AccessKeyId: 'ASIAEXAMPLE', SecretAccessKey: 'example', Token: 'token', Expiration }))
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/credentials`
}
