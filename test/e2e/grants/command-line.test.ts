import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { DeleteSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../../causeway.ts'
import { root, testSandbox, variablesOf } from '../../sandbox.ts'
import { partner, testGrants, unique } from './shared.ts'

const sandbox = testSandbox()
const shared = testGrants()
const { deployed, stream, askedFor, ownQueue } = shared

describe('causeway grant', () => {
  let env: Record<string, string>
  beforeAll(async () => {
    env = await variablesOf('home')
  })
  /** A role of the partner's of plain policies, as `export --policy` writes them. */
  async function makeRole(RoleName: string, policies: string): Promise<void> {
    const { trust, permissions } = JSON.parse(await readFile(policies, 'utf8'))
    const iam = new IAMClient(shared.theirs)
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }))
    const PolicyDocument = JSON.stringify(permissions)
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'grant', PolicyDocument }))
  }
  const run = (...args: string[]) => causeway(['grant', ...args], { env })

  it('says where a table of grants is missing, or is another table, and what makes one', async () => {
    const [nowhere, table] = [`none-${unique()}`, `other-${unique()}`]
    for (const noun of ['grant', 'app', 'ticket']) {
      expect(await causeway([noun, 'list', '--table', nowhere, '--json'], { env })).toEqual({
        code: 1,
        stdout: '',
        stderr: `dynamodb:Query on ${nowhere} failed: ResourceNotFoundException: Requested resource not found. Your own account has no such table in ${env.AWS_REGION}: make it by infra/grants.yaml (TableName=${nowhere}), or see that --table, --region and your credentials are right.\n`,
      })
    }
    await new DynamoDBClient(shared.ours).send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    )
    const other = `${table} is another table than infra/grants.yaml makes; give that by --table.\n`
    expect((await run('list', '--table', table)).stderr).toContain(other)
    expect((await run('show', '0123456789abcdef', '--table', table)).stderr).toContain(other)
  })

  it('says that the secret with the ExternalId was deleted, and how it is given back', async () => {
    const { id, externalIdFrom = '' } = await askedFor()
    const SecretId = externalIdFrom.replace('secret:', '')
    await new SecretsManagerClient(shared.ours).send(new DeleteSecretCommand({ SecretId }))
    const exported = await run('export', id, '--to', join(shared.folder, 'deleted.json'))
    expect(exported).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`aws secretsmanager restore-secret --secret-id ${SecretId}\n`),
    })
  })

  it('takes the name of a grant that was revoked for another', async () => {
    const name = `again ${unique()}`
    const make = async () =>
      (await run('create', '--name', name, '--partner', partner, '--stream', await stream())).stdout.trim()
    const first = await make()
    expect((await run('test', name)).stdout).toContain(
      'the grant is active: created. Export it and, when the partner has deployed that, accept it',
    )
    expect((await run('revoke', name)).code).toBe(0)
    expect((await run('show', name)).stdout).toContain(first)
    const second = await make()
    expect((await run('show', name)).stdout).toContain(second)
    await make()
    expect((await run('show', name)).stderr).toContain('2 grants are called')
  })

  it('never prints the ExternalId, and writes it into a file that nobody else reads', async () => {
    const name = `cli ${unique()}`
    const created = await run('create', '--name', name, '--partner', partner, '--stream', await stream())
    const id = created.stdout.trim()
    expect(id).toMatch(/^[0-9a-f]{16}$/)
    const file = join(shared.folder, 'exported.json')
    await writeFile(file, '', { mode: 0o644 })
    const printed = [created, await run('export', name, '--to', file)]
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const { outputs } = await sandbox.deploy({ template: file, account: 'partner', stack: `grant-${id}` })
    printed.push(await run('accept', name, '--role-arn', outputs.RoleArn ?? '', '--json'))
    const reader = join(shared.folder, 'reader.json')
    for (const args of [
      ['export', id, '--to', reader, '--for-reader'],
      ['test', '--grant', reader],
      ['test', id, '--json'],
      ['list'],
      ['show', id],
      ['show', id, '--json'],
      ['rotate', id],
      ['export', id, '--to', file],
      ['revoke', id, '--json'],
    ]) {
      printed.push(await run(...args))
    }
    expect(printed.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(printed.map(() => 0))
    expect(printed[1]?.stderr).toContain(`Then: causeway grant accept ${id}\n`)
    expect(printed.at(-2)?.stderr).toContain(`Then: causeway grant rotate ${id}\n`)
    const exported = await readFile(file, 'utf8')
    const [externalId = ''] =
      JSON.parse(exported).Resources.Role.Properties.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals[
        'sts:ExternalId'
      ]
    expect(externalId).toMatch(/^[0-9a-f]{64}$/)
    const all = [...printed.flatMap(({ stdout, stderr }) => [stdout, stderr]), await readFile(reader, 'utf8')].join('')
    expect(all).not.toContain(externalId)
  })

  it('test ends with 1 and says the likely causes where the partner lets you in no more', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    await shared.grants.accept(grant.id, { roleArns: [roleArn] })
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: partner }, Action: 'sts:AssumeRole' }],
    })
    const RoleName = roleArn.split('/').at(-1)
    await new IAMClient(shared.theirs).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    const { code, stdout } = await run('test', grant.id)
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^wrong {3}assume .* with the ExternalId: refused with AccessDenied: .*\n +Most likely, in this order:\n +1 /m,
    )
  })

  it('test is run by the partner, too, with what it was given and its own credentials', async () => {
    const { resource } = await ownQueue()
    const grant = await shared.grants.create({ name: 'theirs', partner, resource, actions: ['receive'] })
    await shared.grants.accept(grant.id, { roleArns: [await deployed(grant)] })
    const file = join(shared.folder, 'theirs.json')
    expect((await run('export', grant.id, '--to', file, '--for-reader')).code).toBe(0)
    const env = await variablesOf('partner')
    const theirTest = () => causeway(['grant', 'test', '--grant', file], { env })
    expect(await theirTest()).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^ok {6}look at the attributes/m),
    })
    await shared.grants.revoke(grant.id)
    const { code, stdout } = await theirTest()
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^ok {6}assume .*: allowed\nwrong {3}look at the attributes of .*: refused with AccessDenied/m,
    )
  })

  it('--help has examples that work as they stand, one after the other', { timeout: 120_000 }, async () => {
    const CAUSEWAY_GRANTS_TABLE = 'grants-of-examples'
    const parameters = { TableName: CAUSEWAY_GRANTS_TABLE }
    await sandbox.deploy({ template: join(root, 'infra/grants.yaml'), account: 'home', stack: 'examples', parameters })
    const client = new KinesisClient({ ...shared.theirs, requestHandler: new NodeHttpHandler() })
    const create = new CreateStreamCommand({ StreamName: 'demo-orders', ShardCount: 1 })
    await client.send(create).catch((error: Error) => expect(error.name).toBe('ResourceInUseException'))
    const tried: string[] = []
    for (const verb of ['create', 'list', 'show', 'export', 'accept', 'export', 'test', 'rotate', 'revoke']) {
      const { stdout } = await run(verb, '--help')
      for (const [, example = ''] of stdout.matchAll(/^ {2}\$ ((?:.*\\\n)*.*)$/gm)) {
        const isAccepted = tried.some((earlier) => earlier.includes('grant accept'))
        if (/for-reader|kinesis read|test --grant/.test(example) && !isAccepted) continue
        if (example.includes('revoke invoices')) continue // that edge is nobody's
        if (verb === 'accept') await makeRole('orders-reader', join(shared.folder, 'orders-policies.json'))
        const { code, stderr } = await shell(`cd ${shared.folder} && ${example}`, {
          env: { ...env, CAUSEWAY_GRANTS_TABLE },
        })
        expect(code, `${example}\n${stderr}`).toBe(0)
        tried.push(example)
      }
    }
    expect(tried.length).toBeGreaterThan(15)
  })

  it('accept says the likely causes of a denial', async () => {
    const grant = await askedFor()
    const roleArn = `arn:aws:iam::${partner}:role/causeway-grant-${grant.id}`
    const { code, stderr } = await run('accept', grant.id, '--role-arn', roleArn)
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^The role .* does not let you in: has the partner deployed .*\? AWS says: AccessDenied: .*\nMost likely, in this order:\n {2}1 {2}/,
    )
  })

  it.each([
    [
      'nothing to grant',
      ['create', '--name', 'x', '--partner', partner],
      2,
      /by one of --edge, --stream, --bucket and --topic/,
    ],
    [
      'an edge without its key',
      ['create', '--name', 'x', '--partner', partner, '--edge', 'x'],
      2,
      /--edge needs --key, too/,
    ],
    [
      'an end that is past',
      [
        'create',
        '--name',
        'x',
        '--partner',
        partner,
        '--bucket',
        'exports',
        '--owner',
        partner,
        '--until',
        '2020-01-01',
      ],
      2,
      /^--until must be a time to come/,
    ],
    [
      'a bucket without its owner',
      ['create', '--name', 'x', '--partner', partner, '--bucket', 'exports'],
      2,
      /^--owner is missing/,
    ],
    [
      'what is no stream',
      ['create', '--name', 'x', '--partner', partner, '--stream', 'arn:aws:kinesis:eu-central-2:222222222222:stream/*'],
      2,
      /^--stream must be the ARN of a Kinesis stream/,
    ],
    [
      'an action of another kind',
      ['create', '--name', 'x', '--partner', partner, '--bucket', 'exports', '--owner', partner, '--action', 'send'],
      2,
      /^--action must be read for a resource of the kind prefix/,
    ],
    [
      'a grant that there is not',
      ['show', '0123456789abcdef'],
      1,
      /^There is no grant 0123456789abcdef in the table causeway-grants/,
    ],
    ['a name that there is not', ['show', 'nobody'], 1, /^There is no grant called nobody/],
    [
      'a table that there is not',
      ['list', '--table', 'nowhere'],
      1,
      /^dynamodb:Query on nowhere failed: ResourceNotFoundException/,
    ],
    ['two ways to say which', ['revoke', 'x', '--expired'], 2, /by its id, or --expired/],
  ])('refuses %s, in a sentence', async (_, args, exit, sentence) => {
    const { code, stderr } = await run(...args)
    expect(stderr).toMatch(sentence)
    expect(code).toBe(exit)
  })
})
