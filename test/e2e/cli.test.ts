import { appendFile, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { causeway, shell } from '../causeway.ts'
import { root, sandboxDirectory, testSandbox, variablesOf } from '../sandbox.ts'
import { deployTestStacks, externalIds, type TestStacks } from '../stacks.ts'

const sandbox = testSandbox()
const asPartner = () => variablesOf('partner')
const asHome = () => variablesOf('home')

let stacks: TestStacks
beforeAll(async () => {
  stacks = await deployTestStacks(sandbox)
})

describe('what is typed wrong', () => {
  it.each([
    ['an unknown command', ['sandbx'], /unknown command 'sandbx'[\s\S]*Did you mean sandbox\?/],
    ['an unknown verb', ['edge', 'sned'], /unknown command 'sned'[\s\S]*Did you mean send\?/],
    ['an unknown flag', ['sandbox', 'start', '--prot', '1'], /unknown option '--prot'[\s\S]*--port/],
    [
      'a mistyped flag that has to be',
      ['edge', 'send', 'x', 'y', '--tpye', 'z'],
      /'--tpye'\n\(Did you mean --type\?\)/,
    ],
    ['a missing flag', ['sandbox', 'deploy', 'x.yaml'], /--account/],
    ['an account that there is not', ['sandbox', 'env', 'hom'], /home, partner/],
    ['a port that is none', ['sandbox', 'start', '--port', '70000'], /1 to 65535/],
    ['no body', ['edge', 'send', 'receipts.fifo', '--type', 'x'], /either a body or --lines FILE or --body-file FILE/],
    ['a parameter without a name', [...deploy('receipts'), '--parameter', 'x'], /--parameter: expected Name=/],
    [
      'a parameter twice',
      [...deploy('x'), ...['EdgeName=a', 'EdgeName=b'].flatMap((p) => ['--parameter', p])],
      /EdgeName is given twice/,
    ],
    ['a parameter that the template has not', [...deploy('x'), '--parameter', 'Edge=a'], /has no parameter Edge\b/],
    [
      'a parameter that is not as it has to be',
      [
        ...deploy('x'),
        '--parameter',
        'EdgeName=Big',
        '--parameter',
        'MessageType=a',
        '--parameter',
        'PartnerAccountId=222222222222',
      ],
      /EdgeName/,
    ],
    [
      'a route that its processor cannot be made of',
      [...deploy('x'), '--parameter', 'EdgeName=x', '--parameter', 'Routes={"*":{"processor":"forward"}}'],
      /^Parameter Routes of infra\/edge\.yaml .*: The route for "\*" does not suit its processor: forward: targets must be/,
    ],
    [
      'a route to a processor that there is not',
      [...deploy('x'), '--parameter', 'EdgeName=x', '--parameter', 'Routes={"*":{"processor":"filtr"}}'],
      /^Parameter Routes .* names the processor "filtr", but there are only: forward, fanOut/,
    ],
    [
      'a table of routes that is no JSON',
      [...deploy('x'), '--parameter', 'EdgeName=x', '--parameter', "Routes={'*':{}}"],
      /^Parameter Routes .*: expected a table of routes as JSON, got .* Example: Routes=\{"order":/,
    ],
    [
      'a template that is not there',
      ['sandbox', 'deploy', 'infra/egde.yaml', '--account', 'home', '--stack', 'x'],
      /infra\/egde\.yaml/,
    ],
    [
      'a reference to a variable that is not there',
      [...deploy('x'), '--parameter-from', 'PartnerExternalIds=env:NOT_THERE'],
      /NOT_THERE/,
    ],
    [
      'an ExternalId without a role',
      ['edge', 'peek', 'receipts.fifo', '--external-id-from', 'env:X'],
      /Add --role-arn/,
    ],
    [
      'a role that is none',
      ['edge', 'peek', 'receipts.fifo', '--role-arn', 'sender'],
      /^--role-arn must be the ARN of a role/,
    ],
    [
      'an ExternalId that is named by nothing known',
      ['doctor', '--role-arn', 'arn:aws:iam::111111111111:role/sender', '--external-id-from', 'sender'],
      /^--external-id-from: the reference must be env:NAME/,
    ],
    [
      'a parameter from nothing known',
      [...deploy('x'), '--parameter-from', 'PartnerExternalIds=sender'],
      /^--parameter-from: the reference must be env:NAME/,
    ],
    [
      'a region that is none',
      ['edge', 'peek', 'x', '--role-arn', 'arn:aws:iam::111111111111:role/sender', '--region', 'moon'],
      /^--region \(or AWS_REGION\) must be a region/,
    ],
    [
      'a queue URL that is none',
      ['edge', 'receive', 'https://x/y', '--region', 'eu-west-1'],
      /^<edge> must be a queue URL/,
    ],
    ['an empty type', ['edge', 'send', 'x', 'text', '--type', ''], /^edge send: --type is not/],
    [
      'a group with a space',
      ['edge', 'send', 'x', 'text', '--type', 'x', '--group', 'a b'],
      /^edge send: --group is not/,
    ],
    ['an empty group', ['edge', 'send', 'x', 'text', '--type', 'x', '--group', ''], /^edge send: --group is not/],
    ['an empty body', ['edge', 'send', 'x', '', '--type', 'x'], /^edge send: the body is not/],
  ])('%s gets one sentence and exit code 2', async (_, args, sentence) => {
    const { code, stdout, stderr } = await causeway(args)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(sentence)
    expect(stderr).not.toMatch(/\n\s+at /)
  })

  it('never repeats a secret parameter that is not as it has to be', async () => {
    const args = [
      ...deploy('x'),
      '--parameter',
      'EdgeName=x',
      '--parameter',
      'MessageType=x',
      '--parameter',
      'PartnerAccountId=222222222222',
    ]
    const secret = 'not an external id!'
    const { code, stderr } = await causeway([...args, '--parameter-from', 'PartnerExternalIds=env:ID'], {
      env: { ID: secret },
    })
    expect(code).toBe(2)
    expect(stderr).toMatch(/PartnerExternalIds/)
    expect(stderr).not.toContain(secret)
  })
})

describe('edge send, peek and receive', () => {
  it('sends with a role of the other account, and its ExternalId from a variable', async () => {
    const env = { ...(await asPartner()), EXTERNAL_ID: externalIds[0] }
    const role = ['--role-arn', stacks.invoices.SenderRoleArn ?? '', '--external-id-from', 'env:EXTERNAL_ID']
    const sent = await causeway(
      ['edge', 'send', stacks.invoices.QueueUrl ?? '', 'by hand', '--type', 'invoice', ...role],
      { env },
    )
    expect(sent).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^[0-9a-f]{32} {2}invoice .* by hand\n$/),
    })
  })

  it('says what AWS says when that is refused, with exit code 1, and not the ExternalId', async () => {
    const env = { ...(await asPartner()), EXTERNAL_ID: 'wrong-external-id' }
    const role = ['--role-arn', stacks.invoices.SenderRoleArn ?? '', '--external-id-from', 'env:EXTERNAL_ID']
    const refused = await causeway(
      ['edge', 'send', stacks.invoices.QueueUrl ?? '', 'by hand', '--type', 'invoice', ...role],
      { env },
    )
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/STS refuses .*causeway doctor/),
    })
    expect(refused.stderr).not.toContain('wrong-external-id')
  })

  it('sends the lines of standard input, peeks at them twice, and takes them off in order', async () => {
    const env = await asHome()
    await shell(
      'aws sqs create-queue --endpoint-url "$AWS_ENDPOINT_URL" --queue-name by-hand.fifo --attributes FifoQueue=true',
      { env },
    )
    const bodies = ['one', 'two', 'three']
    const sent = await causeway(
      ['edge', 'send', 'by-hand.fifo', '--lines', '-', '--type', 'number', '--group', 'g', '--json'],
      {
        env,
        input: `${bodies.join('\n')}\n`,
      },
    )
    expect(documents(sent.stdout)).toMatchObject(bodies.map((body) => ({ body, type: 'number', groupId: 'g' })))
    for (const verb of ['peek', 'peek', 'receive']) {
      const { code, stdout } = await causeway(['edge', verb, 'by-hand.fifo', '--json'], { env })
      const messages = documents(stdout).filter(({ body }) => body !== undefined)
      expect({ verb, code, messages }).toEqual({ verb, code: 0, messages: documents(sent.stdout) })
    }
    const after = await causeway(['edge', 'receive', 'by-hand.fifo', '--wait', '0'], { env })
    expect(after).toMatchObject({ code: 0, stdout: '', stderr: expect.stringMatching(/No message/) })
  })

  it('names the lines that were not accepted, and sends the others', async () => {
    const env = await asHome()
    await shell('aws sqs create-queue --endpoint-url "$AWS_ENDPOINT_URL" --queue-name lines', { env })
    const args = ['edge', 'send', 'lines', '--lines', '-', '--type', 'x']
    const input = 'one\n\nbell \u0007\nfour\nbell \u0007 too\n'
    const { code, stdout, stderr } = await causeway(args, { env, input })
    expect(code).toBe(1)
    expect(stdout).toMatch(/^[0-9a-f]{32} .* one\n[0-9a-f]{32} .* four\n$/)
    expect(stderr).toMatch(
      /\nline 3 {2}[0-9a-f]{32} {2}its body has U\+0007.*\nline 5 {2}[0-9a-f]{32} {2}its body.*\n.*\/lines did not accept 2 of the lines up to 5, and no line after 5 was sent; 2 messages accepted\. See to the reasons first\. To go on, .*: --tracking-ids \w+ --from-line 3\n$/,
    )
    const json = await causeway([...args, '--json'], { env, input })
    expect(json.code).toBe(1)
    expect(documents(json.stdout)).toMatchObject([
      { body: 'one' },
      { body: 'four' },
      { line: 3, trackingId: expect.stringMatching(/^[0-9a-f]{32}$/), reason: expect.any(String), retryable: false },
      { line: 5 },
    ])
  })

  it('names neighbours with one reason together, and each of them as JSON', async () => {
    const env = await asHome()
    const args = ['edge', 'send', await missing(env), '--lines', '-', '--type', 'x']
    const input = Array.from({ length: 12 }, (_, index) => `${index}\n`).join('')
    const { code, stdout, stderr } = await causeway(args, { env, input })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(
      /\nlines 1 to 12 {2}.*QueueDoesNotExist.*\n.* did not accept 12 of the lines up to 12.* Mind the queue's name/,
    )
    expect(documents((await causeway([...args, '--json'], { env, input })).stdout)).toHaveLength(12)
  })

  it.each(['send', 'peek', 'receive'])(
    'of %s ends alike when there is no such edge, by its name or URL',
    async (verb) => {
      const env = await asHome()
      const rest = verb === 'send' ? ['x', '--type', 'x'] : []
      const byName = await causeway(['edge', verb, 'nowhere.fifo', ...rest], { env })
      expect(byName).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/no queue nowhere\.fifo/) })
      const byUrl = await causeway(['edge', verb, await missing(env), ...rest], { env })
      const advice =
        /QueueDoesNotExist.* Mind the queue's name, account and region; `aws sqs list-queues` shows your own\.$/m
      expect(byUrl).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(advice) })
    },
  )
})

describe('doctor', () => {
  it('says that a role is granted', async () => {
    const env = { ...(await asPartner()), EXTERNAL_ID: externalIds[1] }
    const args = [
      'doctor',
      '--role-arn',
      stacks.invoices.SenderRoleArn ?? '',
      '--external-id-from',
      'env:EXTERNAL_ID',
      '--json',
    ]
    const { code, stdout } = await causeway(args, { env })
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({
      code: 0,
      caller: 'arn:aws:iam::222222222222:user/administrator',
      session: { arn: expect.stringContaining('assumed-role/causeway-invoices-sender/causeway-doctor') },
    })
  })

  it('puts the ExternalId first when a wrong one was sent, and never prints it', async () => {
    const env = { ...(await asPartner()), EXTERNAL_ID: 'wrong-external-id' }
    const args = ['doctor', '--role-arn', stacks.invoices.SenderRoleArn ?? '', '--external-id-from', 'env:EXTERNAL_ID']
    const { code, stdout, stderr } = await causeway(args, { env })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /refused +AccessDenied[\s\S]*1 +The ExternalId is not one .* 17 characters \(from env:EXTERNAL_ID\)/,
    )
    expect(stdout + stderr).not.toContain('wrong-external-id')
  })

  it('says why a session may not ask for two hours, and suspects nothing else', async () => {
    const role = stacks.invoices.SenderRoleArn
    const { code, stdout, stderr } = await shell(`set -e
      eval "$(causeway sandbox env partner)"
      read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<< "$(aws sts assume-role --role-arn ${role} \\
        --role-session-name cli --external-id ${externalIds[0]} --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)"
      export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
      causeway doctor --role-arn ${role} --duration 7200`)
    expect({ code, stdout, stderr }).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^A role that assumes a role, .* gets at most 3600 s; 7200 s were asked for .*\.\n$/,
      ),
    })
  })
})

describe('sandbox', () => {
  it('gives the plain AWS CLI the keys of an account', async () => {
    const { code, stdout } = await shell(
      'eval "$(causeway sandbox env partner)" && aws sts get-caller-identity --query Arn --output text',
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'arn:aws:iam::222222222222:user/administrator\n' })
  })

  it('lets the plain AWS CLI assume the role with the right ExternalId, send, and not with a wrong one', async () => {
    const line = (id: string) => `set -e
      eval "$(causeway sandbox env partner)"
      read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<< "$(aws sts assume-role --role-arn ${stacks.invoices.SenderRoleArn} \\
        --role-session-name cli --external-id ${id} --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)"
      export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
      aws sqs send-message --endpoint-url "$AWS_ENDPOINT_URL" --queue-url ${stacks.invoices.QueueUrl} --message-group-id cli \\
        --message-deduplication-id "$RANDOM$RANDOM" --message-body 'from the AWS CLI' --query MessageId --output text
      aws sqs receive-message --endpoint-url "$AWS_ENDPOINT_URL" --queue-url ${stacks.invoices.QueueUrl}`
    const right = await shell(line(externalIds[0]))
    expect(right.stdout).toMatch(/^[0-9a-f-]{36}\n$/)
    expect(right).toMatchObject({ stderr: expect.stringMatching(/AccessDenied.*ReceiveMessage/) })
    const wrong = await shell(line('wrong'))
    expect(wrong).toMatchObject({ stdout: '', stderr: expect.stringMatching(/AccessDenied.*AssumeRole/) })
  })

  it('bundles a function of the checkout before it deploys it, where its bundle is not what the sources say', async () => {
    const args = ['sandbox', 'deploy', 'infra/audit.yaml', '--account', 'home', '--stack', 'bundled']
    const deployed = await causeway([...args, '--parameter', 'AuditName=bundled'])
    expect(deployed).toMatchObject({ code: 0, stdout: expect.stringMatching(/stack bundled is deployed/) })
    await appendFile(join(root, 'functions/audit-digest/dist/handler.js'), '// of before\n')
    const again = await causeway([...args, '--parameter', 'AuditName=bundled'])
    expect(again).toMatchObject({ code: 0, stdout: expect.stringMatching(/stack bundled was up to date/) })
  })

  it('prints status as JSON', async () => {
    const { code, stdout } = await causeway(['sandbox', 'status', '--json'])
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, running: true })
  })

  it('says that none runs, with exit code 1, in a folder without one', async () => {
    const { code, stdout } = await causeway(['sandbox', 'status'], { env: { CAUSEWAY_DIRECTORY: tmpdir() } })
    expect({ code, stdout }).toMatchObject({ code: 1, stdout: expect.stringMatching(/No sandbox is running/) })
  })
})

it('completes commands in the shells', async () => {
  const { code, stdout } = await causeway(['complete', '--', 'edge', ''])
  expect(code).toBe(0)
  expect(stdout).toMatch(/send[\s\S]*receive[\s\S]*peek/)
})

it('gives a shell nothing in a completion that it would run', async () => {
  for (const words of [[''], ['sandbox', ''], ['edge', ''], ['sandbox', 'env', '']]) {
    const { stdout } = await causeway(['complete', '--', ...words])
    expect(stdout).not.toMatch(/[$`]/)
  }
})

it('fails in an eval too when there is no sandbox, so that nothing goes on with other credentials', async () => {
  const { code } = await shell('set -e; eval "$(causeway sandbox env home)"; echo reached', {
    env: { CAUSEWAY_DIRECTORY: join(tmpdir(), 'causeway-none') },
  })
  expect(code).toBe(1)
})

it('refuses a line that is not UTF-8, by its number', async () => {
  const file = join(sandboxDirectory(), 'latin1.txt')
  await writeFile(file, Buffer.from('fine\ncaf\xe9\n', 'latin1'))
  const { code, stderr } = await causeway(['edge', 'send', 'readings', '--lines', file, '--type', 'reading'], {
    env: await asHome(),
  })
  expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(/line 2 is not text in UTF-8/) })
})

it('sends a line with a replacement character of its own, and one with a line separator as one', async () => {
  const env = await asHome()
  await shell('aws sqs create-queue --endpoint-url "$AWS_ENDPOINT_URL" --queue-name replaced', { env })
  const lines = ['caf\uFFFD', 'a\u2028b']
  const args = ['edge', 'send', 'replaced', '--lines', '-', '--type', 'x', '--json']
  const { code, stdout } = await causeway(args, { env, input: lines.join('\n') })
  expect({ code, bodies: documents(stdout).map(({ body }) => body) }).toEqual({ code: 0, bodies: lines })
})

it('ends after a refusal although standard input is still open', async () => {
  const env = await asHome()
  const { stdout, stderr } = await shell(
    `exec 3< <(exec 2>/dev/null; echo one; sleep 30)
    timeout 15 causeway edge send ${await missing(env)} --lines - --type x <&3; echo "$?"; kill $!`,
    { env },
  )
  expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: expect.stringMatching(/did not accept 1 of the lines/) })
})

it('says that a secret cannot be read before anything is sent', async () => {
  const role = ['--role-arn', stacks.invoices.SenderRoleArn ?? '', '--external-id-from', 'file:nope']
  const args = ['edge', 'send', stacks.invoices.QueueUrl ?? '', 'x', '--type', 'invoice', ...role]
  const { code, stderr } = await causeway(args, { env: await asPartner() })
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: expect.stringMatching(/^The secret file:nope could not be read/),
  })
})

describe('where nobody reads on', () => {
  it('makes the messages that it peeked at visible again', async () => {
    const env = await asHome()
    await shell('aws sqs create-queue --endpoint-url "$AWS_ENDPOINT_URL" --queue-name unread', { env })
    const input = Array.from({ length: 40 }, (_, index) => `${index} ${'x'.repeat(20_000)}\n`).join('')
    await causeway(['edge', 'send', 'unread', '--lines', '-', '--type', 'x'], { env, input })
    const { code, stdout } = await shell(
      `set -o pipefail
      causeway edge peek unread --most 40 | head -c 20 >/dev/null; echo "$?"
      aws sqs get-queue-attributes --endpoint-url "$AWS_ENDPOINT_URL" --queue-url "$AWS_ENDPOINT_URL/111111111111/unread" \\
        --attribute-names ApproximateNumberOfMessagesNotVisible --query 'Attributes.*' --output text`,
      { env },
    )
    expect({ code, stdout }).toEqual({ code: 0, stdout: '0\n0\n' })
  })

  it('does not say that the demo worked, and leaves nothing behind', async () => {
    const { stdout, stderr } = await shell('causeway demo | head -1 >/dev/null; echo $PIPESTATUS')
    expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' })
    const state = await readdir(join(sandboxDirectory(), '.causeway'))
    expect(state.filter((name) => name.startsWith('hooked-edge'))).toEqual([])
  })

  it('deploys all the same when only notes are not read', async () => {
    const { stdout } =
      await shell(`causeway ${deploy('notes').join(' ')} --parameter EdgeName=notes --parameter MessageType=x \\
      --parameter PartnerAccountId=222222222222 2> >(exec true) ; echo "$?"`)
    expect(stdout).toMatch(/stack notes is deployed[\s\S]*\n0\n$/)
  })
})

it('is called by its path in another folder', async () => {
  const { code, stdout } = await shell(`cd / && ${root}/node_modules/.bin/causeway sandbox status --json`)
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, running: true })
})

it('ends with 130 on Ctrl-C', async () => {
  const { code, stderr } = await shell(
    'causeway sandbox logs no-such-function --account home --follow & sleep 1.5; kill -INT $!; wait $!',
  )
  expect({ code, stderr }).toEqual({ code: 130, stderr: '' })
})

it('ends the demo on Ctrl-C while it is still building and deploying', async () => {
  const { stdout, stderr } = await shell('causeway demo & sleep 1; kill -INT $!; wait $!; echo $?')
  expect({ stdout, stderr }).toEqual({
    stdout: expect.stringMatching(/^(?![\s\S]*stack sender)[\s\S]*130\n$/),
    stderr: '',
  })
})

it('reads a file that cannot be read as wrong usage', async () => {
  const file = join(sandboxDirectory(), 'empty.txt')
  await writeFile(file, '\n\n')
  const env = await asHome()
  const missing = await causeway(['edge', 'send', 'readings', '--lines', '/no/such/file', '--type', 'reading'], { env })
  expect(missing).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/\/no\/such\/file cannot be read \(ENOENT\)/),
  })
  const folder = await causeway(['edge', 'send', 'readings', '--lines', 'docs', '--type', 'reading'], { env })
  expect(folder).toMatchObject({ code: 2, stderr: '--lines: docs is a folder; give a file.\n' })
  const empty = await causeway(['edge', 'send', 'readings', '--lines', file, '--type', 'reading'], { env })
  expect(empty).toMatchObject({ code: 2, stderr: expect.stringMatching(/no line with text/) })
})

function deploy(stack: string): string[] {
  return ['sandbox', 'deploy', 'infra/edge.yaml', '--account', 'home', '--stack', stack]
}

const missing = async (env: Record<string, string>) => `${env.AWS_ENDPOINT_URL}/111111111111/nowhere.fifo`

const documents = (stdout: string) =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
