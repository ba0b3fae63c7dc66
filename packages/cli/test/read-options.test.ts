import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CommandContext } from '../src/command-context.ts'
import { kafkaCommand } from '../src/commands/kafka.ts'
import { kinesisCommand } from '../src/commands/kinesis.ts'
import { s3Command } from '../src/commands/s3.ts'
import { addReadOptions, onlyOf, type ReadFlags, type ReadSubject } from '../src/read-options.ts'

const pages: ReadSubject = {
  command: 'book read',
  partition: 'page',
  partitions: 'pages',
  only: '--page <numbers...>',
  from: 'where to begin',
  position: /^line \d+$/,
}

/** The flags of a command line, if it is let through. */
async function parsed(args: string[], subject: Partial<ReadSubject> = {}): Promise<ReadFlags & { page?: string[] }> {
  const command = addReadOptions(new Command('read').exitOverride().configureOutput({ writeErr() {} }), {
    ...pages,
    ...subject,
  }).action(() => {})
  await command.parseAsync(args, { from: 'user' })
  return command.opts()
}

describe('a command that reads', () => {
  it('begins where it is told to', async () => {
    expect(await parsed([])).toMatchObject({ from: 'earliest' })
    expect(await parsed(['--from', '2026-11-22'])).toMatchObject({ from: new Date('2026-11-22T00:00:00Z') })
    const one = ['--from', 'line 7', '--page', '3']
    expect(await parsed(one)).toMatchObject({ from: { position: 'line 7' }, page: ['3'] })
  })

  it('knows which partitions are meant, whatever its flag is called', async () => {
    const command = addReadOptions(new Command('read'), pages).action(() => {})
    await command.parseAsync(['--page', '3', '4'], { from: 'user' })
    expect(onlyOf(command, pages)).toEqual(['3', '4'])
  })

  it.each<[string, string[], Partial<ReadSubject>, string]>([
    ['a position that is none', ['--from', 'page 7'], {}, 'Expected earliest, latest, a time in UTC'],
    ['a time to come', ['--from', '2100-01-01'], {}, 'still to come'],
    ['a position of any page', ['--from', 'line 7'], {}, 'is of one page; say which by --page NUMBER.'],
    ['a position of two', ['--from', 'line 7', '--page', '3', '4'], {}, 'is of one page'],
    ['what comes after now, of what ends', ['--from', 'latest'], {}, 'Add --follow, or --checkpoint'],
    ['a checkpoint that is nowhere', ['--checkpoint', 'orders'], {}, 'file:PATH or table:NAME'],
    ['a checkpoint of what keeps it', ['--checkpoint', 'x'], { keepsItself: 'it does.' }, 'book read: it does.'],
    ['a destination that is none', ['--errors-to', 'orders'], {}, 's3://BUCKET/PREFIX'],
    ['a destination that is no queue', ['--errors-to', 'https://example.com/x'], {}, 'https://sqs.eu-west-1'],
    ['a destination without a queue', ['--errors-to', 'http://'], {}, 's3://BUCKET/PREFIX'],
    ['a destination that is no bucket', ['--errors-to', 's3://a_b/x'], {}, 's3://BUCKET/PREFIX'],
    [
      'a destination that is no stream',
      ['--errors-to', 'arn:aws:kinesis:eu-west-1:222222222222:strem/x'],
      {},
      'the ARN of a stream',
    ],
    [
      'a role that there is not',
      ['--errors-to', 's3://failures', '--errors-as', 'role'],
      {},
      'Add --role-arn or --grant',
    ],
    ['who sends what goes nowhere', ['--errors-as', 'role', '--role-arn', 'x'], {}, 'who sends records to --errors-to'],
  ])('refuses %s', async (_, args, subject, sentence) => {
    await expect(parsed(args, subject)).rejects.toThrow(sentence)
  })

  it('may begin at what comes where the source keeps how far it was read', async () => {
    expect(await parsed(['--from', 'latest'], { keepsItself: 'it does.' })).toMatchObject({ from: 'latest' })
  })
})

describe('A region beside a grant', () => {
  let grant: string
  beforeEach(async () => {
    grant = join(await mkdtemp(join(tmpdir(), 'causeway-grant-')), 'grant.json')
    const content = { roleArn: 'arn:aws:iam::222222222222:role/orders-reader', region: 'eu-west-1' }
    await writeFile(grant, JSON.stringify(content))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    return rm(dirname(grant), { recursive: true })
  })

  it('that names another is refused', async () => {
    await expect(parsed(['--grant', grant, '--region', 'us-east-1'])).rejects.toThrow(
      `--region: the grant ${grant} names eu-west-1, so leave out --region.`,
    )
  })

  it('that names the same is let through, and so is that of the environment', async () => {
    expect(await parsed(['--grant', grant, '--region', 'eu-west-1'])).toMatchObject({ region: 'eu-west-1' })
    vi.stubEnv('AWS_REGION', 'us-east-1')
    expect(await parsed(['--grant', grant])).toMatchObject({ region: 'us-east-1' })
  })
})

it.each([['--delimiter', ';'], ['--no-header']])('s3 read refuses %s of what is no CSV', async (...flag) => {
  const command = s3Command({} as CommandContext)
  await expect(command.parseAsync(['read', '--bucket', 'x', ...flag], { from: 'user' })).rejects.toThrow(
    `s3 read: ${flag[0]} is of CSV. Add --format csv.`,
  )
})

it('s3 read refuses how often to list what is listed once', async () => {
  const command = s3Command({} as CommandContext)
  await expect(command.parseAsync(['read', '--bucket', 'x', '--every', '5'], { from: 'user' })).rejects.toThrow(
    's3 read: --every says how often the prefix is listed again. Add --follow.',
  )
})

it('kinesis, kafka and s3 read have the same flags, in the same words, but for what is of one alone', () => {
  const context = {} as CommandContext
  const own = new Set<string>()
  const [kinesis, ...others] = [kinesisCommand, kafkaCommand, s3Command].map((make) => {
    const read = make(context).commands.find((command) => command.name() === 'read')
    return new Map(
      read?.options.map(({ long = '', flags, description, hidden }) => [long, { flags, description, hidden }]),
    )
  })
  for (const other of others) {
    for (const [long, option] of kinesis ?? []) {
      if (JSON.stringify(other.get(long)) !== JSON.stringify(option)) own.add(long ?? '')
    }
  }
  expect([...own].sort()).toEqual(['--checkpoint', '--consumer', '--from', '--progress', '--shard', '--stream'])
})
