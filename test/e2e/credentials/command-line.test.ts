import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { iamPolicy } from '@causeway-aws/grants/apps'
import { describe, expect, it } from 'vitest'
import { causeway, shell } from '../../causeway.ts'
import { root, variablesOf } from '../../sandbox.ts'
import { password, testVendor, unique } from './vendor.ts'

const vendored = testVendor()
const { user, app } = vendored

describe('the command line', () => {
  it('makes an app, shows, cuts, changes and disables it, and enables it again', async () => {
    const { sub } = await user()
    const name = `cli-${unique()}`
    const env = await variablesOf('home')
    const { queueArn, keyArn } = vendored.edges.orders
    const run = async (...args: string[]) => {
      const { code, stdout, stderr } = await causeway(['app', ...args], { env })
      expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
      return stdout
    }
    const { roleArn, userPoolId, clientId, boundaryArn } = vendored.vendor
    const by = ['--vendor-role', roleArn, '--user-pool', userPoolId, '--client', clientId, '--boundary', boundaryArn]
    const places = ['--send-bodies', 's3://vended-bodies/orders/', '--audit', 's3://causeway-audit/orders/']
    const what = ['--tenant', 'example', '--user', sub, '--send', queueArn, '--key', keyArn]
    const told = ['--receives', 'order', '--configuration', '{"currency":"CHF"}']
    expect(await run('create', name, ...what, ...places, '--audit-key', keyArn, ...told, ...by)).toBe(
      `arn:aws:iam::111111111111:role/causeway-app-${name}\n`,
    )
    expect(await run('list')).toMatch(new RegExp(`^${name} +active +external +example: send orders-`, 'm'))
    expect(JSON.parse(await run('show', name, '--policy'))).toEqual(iamPolicy((await vendored.apps.get(name)).app))
    expect((await vendored.apps.get(name)).app).toMatchObject({
      bodies: [{ bucket: 'vended-bodies', prefix: 'orders/', keyArn, access: 'send' }],
      audit: { bucket: 'causeway-audit', prefix: 'orders/', keyArn },
      node: { receives: 'order', configuration: { currency: 'CHF' } },
    })
    expect(await run('cut', name, '--session', `${name}-1`)).toContain(`to the session ${name}-1.`)
    expect(await run('show', name)).toMatch(new RegExp(`^cut +${name}-1 `, 'm'))
    expect(await run('change', name, '--duration', '43200', '--without', 'audit', '--if-version', '1')).toMatch(
      /Its role follows its record, which is version 3\./,
    )
    const { app: changed } = await vendored.apps.get(name)
    expect([changed.maxDuration, changed.audit, changed.bodies.length]).toEqual([43_200, undefined, 1])
    const late = await causeway(['app', 'change', name, '--duration', '900', '--if-version', '1'], { env })
    expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining('maxDuration 3600 -> 43200') })
    expect(await run('disable', name)).toContain('It is given no credentials from now on.')
    expect(await run('show', name)).toMatch(/^state +disabled$/m)
    expect(await run('change', name, '--state', 'active')).toContain('It is given credentials again.')
    const wrong = await causeway(['app', 'create', name, ...what.slice(0, -2), ...by], { env })
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--key is missing') })
    for (const [args, sentence] of [
      [['--key', keyArn], '--key is of no use without --send or --receive'],
      [['--send-bodies', 's3://vended-bodies/orders', '--bodies-key', keyArn], 's3://BUCKET/PREFIX/'],
      [['--configuration', '[]'], 'Expected a JSON object.'],
      [['--if-version', '0'], 'Expected a whole number'],
    ] as const) {
      const refused = await causeway(['app', 'change', name, ...args], { env })
      expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(sentence) })
    }
  })

  it('is the credential_process of a profile: the AWS CLI and boto3 use one session of 900 s, however often they ask', async () => {
    const orders = await app()
    const folder = await mkdtemp(join(tmpdir(), 'causeway-credentials-'))
    const { userPoolId, clientId, userName } = orders.login
    const command = `${join(root, 'node_modules/.bin/causeway')} credentials --app ${orders.name} --duration 900 --endpoint ${vendored.endpoint} --user-pool ${userPoolId} --client ${clientId} --user ${userName} --password-from env:APP_PASSWORD`
    await writeFile(
      join(folder, 'config'),
      `[profile orders]\nregion = ${vendored.home.region}\ncredential_process = ${command}\n`,
    )
    const env = {
      AWS_CONFIG_FILE: join(folder, 'config'),
      AWS_PROFILE: 'orders',
      AWS_REGION: vendored.home.region,
      AWS_ENDPOINT_URL: vendored.home.endpoint,
      XDG_CACHE_HOME: folder,
      APP_PASSWORD: password,
    }
    const url = vendored.edges.orders.url
    await writeFile(
      join(folder, 'send.py'),
      `import boto3\nsqs = boto3.client("sqs")\nfor order in range(5):\n    sqs.send_message(QueueUrl="${url}", MessageBody=str(order))\nprint(boto3.client("sts").get_caller_identity()["Arn"])\n`,
    )
    const tried = [
      'aws sts get-caller-identity --query Arn --output text',
      `aws sqs send-message --endpoint-url ${vendored.home.endpoint} --queue-url ${url} --message-body "order 1" --query MessageId --output text`,
      `python ${join(folder, 'send.py')}`,
    ]
    const { code, stdout, stderr } = await shell(tried.join(' && '), { env })
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' })
    const [first, , last] = stdout.trim().split('\n')
    expect(first).toContain(`assumed-role/causeway-app-${orders.name}/`)
    expect(last).toBe(first)
    const kept = join(folder, 'causeway/credentials')
    const [file = ''] = await readdir(kept)
    expect((await stat(join(kept, file))).mode & 0o777).toBe(0o600)
    // Who has had the session cut is told of it until its end, unless another is asked for.
    const printed = async (flags = '') => (await shell(`${command} ${flags}`, { env })).stdout
    const [before, renewed, after] = [await printed(), await printed('--renew'), await printed()]
    expect(renewed).toContain('"SecretAccessKey"')
    expect(renewed).not.toBe(before)
    expect(after).toBe(renewed)
    // The same app by the entry that EchoStream's AppSync has.
    expect(await printed(`--endpoint ${vendored.endpoint}/graphql --tenant example`)).toContain('"SecretAccessKey"')
    // Where nothing can be kept, it is given all the same.
    const unkept = await shell(command, { env: { ...env, XDG_CACHE_HOME: join(folder, 'config') } })
    expect(unkept).toMatchObject({ code: 0, stdout: expect.stringContaining('"SecretAccessKey"') })
    expect(unkept.stderr).toMatch(/^The session is not kept, .*ENOTDIR/m)
    const where = (endpoint: string) => shell(`${command} --endpoint ${endpoint} --renew`, { env })
    expect((await where('http://127.0.0.1:65535')).stderr).toMatch(
      /^The credential vendor at http:\/\/127\.0\.0\.1:65535 cannot be reached: ECONNREFUSED\.$/m,
    )
    expect((await where('http://vendor.example')).stderr).toMatch(/--endpoint must be a URL with https/)
    await rm(folder, { recursive: true })
  })
})
