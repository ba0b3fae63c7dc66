import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { createGrants } from '@causeway-aws/grants'
import {
  createTickets,
  type RedeemRequest,
  type RefusedTicket,
  type Ticket,
  TicketRefused,
  type Tickets,
} from '@causeway-aws/grants/tickets'
import { accountIds, type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { causeway, shell } from '../causeway.ts'
import { root, testSandbox, variablesOf } from '../sandbox.ts'

const sandbox = testSandbox()
const table = 'causeway-grants'
const template = join(root, 'infra/grants.yaml')
let client: ClientOptions
let tickets: Tickets
let now = Date.now()
const refused: RefusedTicket[] = []

beforeAll(async () => {
  client = clientOptions(await sandbox.credentials('home'))
  await sandbox.deploy({ template, account: 'home', stack: 'grants' })
  tickets = createTickets({
    table,
    client,
    clock: { now: () => now, monotonic: () => performance.now() },
    onRefused: (one) => refused.push(one),
  })
})

const metrics = { kind: 'member', into: 'metrics' } as const
const redeem = (code: string, redeemer = 'key-1', more: Partial<RedeemRequest> = {}) =>
  tickets.redeem({ ...metrics, code, redeemer, ...more })

async function madeBucket(Bucket: string): Promise<string> {
  await new S3Client(client).send(new CreateBucketCommand({ Bucket }))
  return Bucket
}

/** Of how many at once one each is taken; the others are refused as they should be. */
async function taken(attempts: readonly Promise<unknown>[]): Promise<number> {
  const outcomes = await Promise.allSettled(attempts)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(TicketRefused)
  }
  return outcomes.filter(({ status }) => status === 'fulfilled').length
}

describe('a ticket', () => {
  it('is made, is redeemed, and says what its redeemer becomes, by whom and when', async () => {
    const attributes = { 'influxdb-inlet': 'true' }
    const { ticket, code } = await tickets.create({ ...metrics, attributes })
    expect(ticket).toMatchObject({ ...metrics, attributes, uses: 1, redemptions: [] })
    expect(ticket.by).toBe('arn:aws:iam::111111111111:user/administrator')
    expect(Date.parse(ticket.until) - Date.parse(ticket.at)).toBe(600_000)
    const redeemed = await redeem(code)
    const redemption = { redeemer: 'key-1', at: new Date(now).toISOString() }
    expect(redeemed).toEqual({ ...redemption, ticket: { ...ticket, redemptions: [redemption] }, again: false })
    expect((await tickets.list()).find(({ id }) => id === ticket.id)).toEqual(redeemed.ticket)
  })

  it('is taken from one of a hundred who redeem it at once', async () => {
    const { code } = await tickets.create(metrics)
    expect(await taken(Array.from({ length: 100 }, (_, index) => redeem(code, `key-${index}`)))).toBe(1)
  })

  it('is taken from as many as it has uses, and from each of them again', async () => {
    const { ticket, code } = await tickets.create({ ...metrics, uses: 7 })
    const twice = Array.from({ length: 40 }, (_, index) => [redeem(code, `key-${index}`), redeem(code, `key-${index}`)])
    expect(await taken(twice.flat())).toBe(14)
    const { redemptions } = (await tickets.list()).find(({ id }) => id === ticket.id) ?? {}
    expect(redemptions).toHaveLength(7)
  })

  it('is taken again from whoever has redeemed it and lost the answer, until it ends, as the first time', async () => {
    const { code } = await tickets.create({ ...metrics, expiresIn: 60 })
    const first = await redeem(code)
    now += 59_999
    expect(await redeem(code)).toEqual({ ...first, again: true })
    await expect(redeem(code, 'key-2')).rejects.toThrow(TicketRefused)
    now += 1
    await expect(redeem(code)).rejects.toThrow(TicketRefused)
  })

  it('is refused in the same words, whether it is unknown, of something else, used, revoked or over', async () => {
    const made = async (more = {}) => (await tickets.create({ ...metrics, ...more })).code
    const revoked = await tickets.create({ ...metrics })
    await redeem(revoked.code) // also for who has redeemed it
    await tickets.revoke(revoked.ticket.id)
    const used = await made()
    await redeem(used, 'another')
    const over = await made({ expiresIn: 1 })
    now += 1_000
    const other = await made()
    refused.length = 0
    const said = new Set<string>()
    for (const attempt of [
      () => redeem('no code at all'),
      () => redeem('0'.repeat(64)),
      () => redeem(other, 'key-1', { kind: 'agent' }),
      () => redeem(other, 'key-1', { into: 'billing' }),
      () => redeem(used),
      () => redeem(revoked.code),
      () => redeem(over),
    ]) {
      const error = await attempt().then(
        () => undefined,
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(TicketRefused)
      said.add(JSON.stringify({ ...(error as object), message: (error as Error).message }))
    }
    expect(said.size).toBe(1)
    // For a log, and no code in it.
    expect(refused.map(({ reason }) => reason)).toEqual([
      'unknown',
      'unknown',
      'other',
      'other',
      'used',
      'revoked',
      'expired',
    ])
    for (const { id } of refused) expect(id).toMatch(/^[0-9a-f]{16}$/)
    expect(await redeem(other)).toMatchObject({ again: false })
  })

  it('is good for as long as the grant is that it was made for', async () => {
    const grants = createGrants({ table, client })
    const { home, partner } = accountIds
    const resource = {
      kind: 'edge',
      queueArn: `arn:aws:sqs:${client.region}:${home}:nowhere`,
      keyArn: `arn:aws:kms:${client.region}:${home}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
    } as const
    const { id: grant } = await grants.create({ name: 'x', partner, resource, actions: ['send'] })
    await expect(tickets.create({ ...metrics, grant })).rejects.toThrow(
      `The grant ${grant} is created, and a ticket is made for one that is active.`,
    )
    await expect(tickets.create({ ...metrics, grant: '0000000000000000' })).rejects.toThrow(/There is no grant 0{16}/)
    const bucket = `tickets-${grant}`
    const { id } = await grants.create({
      name: 'x',
      partner,
      owner: home,
      resource: { kind: 'prefix', bucket: await madeBucket(bucket), prefix: '' },
      actions: ['read'],
    })
    await grants.accept(id, { roleArns: [`arn:aws:iam::${partner}:role/any`] })
    const [first, second] = [
      await tickets.create({ ...metrics, grant: id }),
      await tickets.create({ ...metrics, grant: id }),
    ]
    expect((await redeem(first.code)).ticket.grant).toBe(id)
    await grants.revoke(id)
    refused.length = 0
    for (const { code } of [first, second]) await expect(redeem(code)).rejects.toThrow(TicketRefused)
    expect(refused.map(({ reason }) => reason)).toEqual(['grant', 'grant'])
  })

  it('is kept without its code, and by when DynamoDB may delete it, a month after its end', async () => {
    const { code, ticket } = await tickets.create(metrics)
    const items: Record<string, unknown>[] = []
    const pages = paginateScan({ client: new DynamoDBClient(client) }, { TableName: table })
    for await (const { Items = [] } of pages) items.push(...Items)
    expect(JSON.stringify(items)).not.toContain(code)
    const { Resources } = (await readTemplate(template)).body
    const timeToLive = Resources.Grants?.Properties?.TimeToLiveSpecification as { AttributeName: string } | undefined
    const AttributeName = timeToLive?.AttributeName ?? 'none'
    const item = items.find(({ sk }) => (sk as { S: string }).S.startsWith(ticket.id))
    expect(item?.[AttributeName]).toEqual({ N: String(Math.ceil(Date.parse(ticket.until) / 1_000) + 30 * 86_400) })
    // Nothing else in the table is deleted so.
    for (const { pk, [AttributeName]: ttl } of items) {
      expect(ttl === undefined || (pk as { S: string }).S === 'ticket').toBe(true)
    }
  })

  it('is revoked once, by whoever was first; one that there is not is said so', async () => {
    const { ticket } = await tickets.create(metrics)
    const { revoked } = await tickets.revoke(ticket.id)
    now += 1_000
    expect((await tickets.revoke(ticket.id)).revoked).toEqual(revoked)
    for (const id of ['0000000000000000', 'x']) {
      await expect(tickets.revoke(id)).rejects.toThrow(`There is no ticket ${id} in the table ${table}.`)
    }
  })
})

describe('causeway ticket', () => {
  let env: Record<string, string>
  let folder: string
  beforeAll(async () => {
    env = await variablesOf('home')
    folder = await mkdtemp(join(tmpdir(), 'causeway-tickets-'))
    now = Date.now()
  })
  afterAll(() => rm(folder, { recursive: true }))
  const run = (...args: string[]) => causeway(['ticket', ...args], { env })
  const createOf = (into: string, ...more: string[]) => run('create', '--kind', 'member', '--into', into, ...more)
  const listed = async (into: string) => {
    const { stdout } = await run('list', '--json')
    return JSON.parse(stdout).filter((ticket: Ticket) => ticket.into === into) as (Ticket & { state: string })[]
  }

  it('create writes the code into a file that nobody else reads, and prints it nowhere', async () => {
    const file = join(folder, 'ticket')
    await writeFile(file, '', { mode: 0o644 })
    const to = `file:${file}`
    const made = await createOf('of-file', '--to', to, '--attribute', 'influxdb-inlet=true', 'owner=x=y', '--json')
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const code = (await readFile(file, 'utf8')).trim()
    const { id, attributes } = JSON.parse(made.stdout)
    expect(attributes).toEqual({ 'influxdb-inlet': 'true', owner: 'x=y' })
    expect(await redeem(code, 'key-1', { into: 'of-file' })).toMatchObject({ ticket: { id, attributes } })
    const printed = [made, await run('list'), await run('list', '--json'), await run('revoke', id)]
    expect(JSON.stringify(printed)).not.toContain(code)
    expect(printed[1]?.stdout).toMatch(
      new RegExp(`^${id}  used     \\S+Z  1 of 1     member of of-file, influxdb-inlet=true, owner=x=y$`, 'm'),
    )
    expect(printed[3]?.stdout).toMatch(/^\w+ {2}revoked\n {2}It was redeemed at \S+ by key-1, who stays/)
  })

  it('create writes the code into a secret, a new one or one for tickets, and never into one for anything else', async () => {
    const manager = new SecretsManagerClient(client)
    const heldBy = async (SecretId: string) =>
      (await manager.send(new GetSecretValueCommand({ SecretId }))).SecretString
    const codes: (string | undefined)[] = []
    for (const _ of [1, 2]) {
      expect(await createOf('of-secret', '--to', 'secret:launch-1')).toMatchObject({
        code: 0,
        stdout: 'secret:launch-1\n',
      })
      codes.push(await heldBy('launch-1'))
    }
    expect(codes[0]).not.toBe(codes[1])
    for (const code of codes) expect(await redeem(code ?? '', 'key-1', { into: 'of-secret' })).toBeDefined()

    await manager.send(new CreateSecretCommand({ Name: 'of-somebody', SecretString: 'a password' }))
    const refused = await createOf('not-written', '--to', 'secret:of-somebody')
    expect(refused).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there is a secret of-somebody, and it is not'),
    })
    expect(await heldBy('of-somebody')).toBe('a password')
    // Nobody knows the code of the ticket that was made for it.
    expect(await listed('not-written')).toEqual([expect.objectContaining({ state: 'revoked' })])
  })

  it('create prints the code alone where it is told no place, so that it can be piped', async () => {
    const { code, stdout, stderr } = await createOf('of-output', '--uses', '2', '--expires-in', '1h')
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(
        /^Ticket \w{16}: member of of-output, until \S+\. Its code is shown this once\.\n$/,
      ),
    })
    const { ticket } = await redeem(stdout.trim(), 'key-1', { into: 'of-output' })
    expect(Date.parse(ticket.until) - Date.parse(ticket.at)).toBe(3_600_000)
    expect(await listed('of-output')).toEqual([expect.objectContaining({ state: 'open', uses: 2 })])
  })

  it('--help has examples that work as they stand', async () => {
    const { ticket } = await tickets.create(metrics)
    let count = 0
    for (const verb of [[], ['create'], ['list'], ['revoke']]) {
      const { stdout } = await run(...verb, '--help')
      for (const [, example = ''] of stdout.matchAll(/^ {2}\$ ((?:.*\\\n)*.*)$/gm)) {
        const line = `cd ${folder} && ${example.replace('0123456789abcdef', ticket.id)}`
        const { code, stderr } = await shell(line, { env })
        expect(code, `${example}\n${stderr}`).toBe(0)
        count += 1
      }
    }
    expect(count).toBeGreaterThanOrEqual(8)
  })

  const what = ['--kind', 'member', '--into', 'metrics']
  it.concurrent.each([
    ['no kind', ['create', '--into', 'metrics'], 2, /required option '--kind <kind>'/],
    ['another kind', ['create', '--kind', 'guest', '--into', 'x'], 2, /Allowed choices are agent, member/],
    ['a place that is none', ['create', ...what, '--to', 'ticket'], 2, /^--to: expected file:PATH or secret:NAME/],
    [
      'a file that cannot be',
      ['create', ...what, '--to', 'file:/nowhere/ticket'],
      2,
      /^--to: \/nowhere\/ticket cannot be/,
    ],
    ['what is no attribute', ['create', ...what, '--attribute', 'influxdb'], 2, /^--attribute: expected NAME=VALUE/],
    ['one twice', ['create', ...what, '--attribute', 'a=1', 'a=2'], 2, /^--attribute: a is given twice/],
    ['a name that is none', ['create', ...what, '--attribute', 'a b=1'], 2, /must have names of 1 to 64 letters/],
    ['a time without end', ['create', ...what, '--expires-in', '8d'], 2, /Expected a time of at most 7d/],
    ['too many uses', ['create', ...what, '--uses', '101'], 2, /^--uses must be 1 to 100/],
    ['a grant that there is not', ['create', ...what, '--grant', '0000000000000000'], 1, /^There is no grant 0{16}/],
    ['a ticket that there is not', ['revoke', '0000000000000000'], 1, /^There is no ticket 0{16} in the table/],
  ])('refuses %s, in a sentence', async (_, args, exit, sentence) => {
    const { code, stderr } = await run(...args)
    expect(stderr).toMatch(sentence)
    expect(code).toBe(exit)
  })
})
