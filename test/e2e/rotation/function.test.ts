import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam'
import { GetPolicyCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { secret } from '@causeway-aws/auth'
import { postgresUsers } from '@causeway-aws/grants/rotation'
import { type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../../packages/sandbox/src/template.ts'
import { causeway } from '../../causeway.ts'
import { root, testSandbox } from '../../sandbox.ts'
import { startPostgres } from './postgres-server.ts'

/** The function as it is deployed, as its role, asked as Secrets Manager asks it. */
const sandbox = testSandbox()
const user = (name: string) => `arn:aws:iam::111111111111:user/${name}`
let options: ClientOptions
let manager: SecretsManagerClient
let iam: IAMClient
let functionArn: string

beforeAll(async () => {
  const deployed = await sandbox.deploy({
    template: join(root, 'infra/credential-rotation.yaml'),
    account: 'home',
    stack: 'rotation-of-keys',
    parameters: {
      RotationName: 'keys',
      UserArns: `${user('legacy-sender')},${user('legacy-reader')}`,
      Grace: '1s',
    },
  })
  functionArn = deployed.outputs.FunctionArn ?? ''
  options = clientOptions(await sandbox.credentials('home'))
  manager = new SecretsManagerClient(options)
  iam = new IAMClient(options)
})

/** A secret with what it is tagged with, which names the function. */
async function secretOf(name: string, value: string, tags: Record<string, string>): Promise<string> {
  const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key: `causeway:${Key}`, Value }))
  const { ARN = '' } = await manager.send(new CreateSecretCommand({ Name: name, SecretString: value, Tags }))
  await rotatedBy(ARN, functionArn)
  return ARN
}

const rotatedBy = (SecretId: string, RotationLambdaARN: string) =>
  manager.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, RotateImmediately: false }))

async function keyOf(UserName: string): Promise<string> {
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  return JSON.stringify({ accessKeyId: AccessKey?.AccessKeyId, secretAccessKey: AccessKey?.SecretAccessKey })
}

const currentOf = async (SecretId: string) =>
  (await manager.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? ''

async function invoke(event: object): Promise<string> {
  const command = new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(event) })
  const { FunctionError, Payload = [] } = await new LambdaClient(options).send(command)
  return FunctionError === undefined ? 'ok' : JSON.parse(Buffer.from(Payload).toString()).errorMessage
}

/** As a JSON, where a line of the log is one. */
const parsed = (line: string): Record<string, unknown> => {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

async function logOf(name: string): Promise<string> {
  let log = ''
  for await (const { message } of sandbox.logs(name, { account: 'home' })) log += `${message.trimEnd()}\n`
  return log
}

describe('causeway sandbox rotate', () => {
  it('rotates an access key by the function, as Secrets Manager would, and nothing secret is printed or logged', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'legacy-sender' }))
    const first = await keyOf('legacy-sender')
    const arn = await secretOf('legacy-sender', first, { rotator: 'access-key', target: 'legacy-sender' })
    const { code, stdout, stderr } = await causeway(['sandbox', 'rotate', 'legacy-sender', '--account', 'home'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toMatch(
      /^( {2}\w+Secret +ok +\d+ ms\n){4}legacy-sender is rotated: AWSCURRENT is version [\w-]+\.\n/,
    )
    const second = await currentOf(arn)
    for (const value of [first, second]) {
      const { accessKeyId, secretAccessKey } = JSON.parse(value)
      const sts = new STSClient({ ...options, credentials: { accessKeyId, secretAccessKey } })
      expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(user('legacy-sender'))
      for (const text of [stdout, await logOf('causeway-keys')]) expect(text).not.toContain(secretAccessKey)
    }
    expect(second).not.toBe(first)

    const again = await causeway(['sandbox', 'rotate', 'legacy-sender', '--account', 'home', '--json'])
    expect(again.code).toBe(1)
    const { steps, rotated } = JSON.parse(again.stdout)
    expect(rotated).toBe(false)
    expect(steps).toEqual([
      expect.objectContaining({
        step: 'createSecret',
        outcome: 'failed',
        reason: expect.stringContaining('is kept until'),
      }),
    ])
    expect(await currentOf(arn)).toBe(second)
  })

  it('says at which step it ended, why, and what to do; goes on with that version, or begins anew', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'legacy-reader' }))
    const first = await keyOf('legacy-reader')
    const arn = await secretOf('legacy-reader', first, { rotator: 'access-key', target: 'legacy-raeder' })
    const rotate = (...more: string[]) => causeway(['sandbox', 'rotate', arn, '--account', 'home', ...more])
    const failed = await rotate()
    expect(failed.code).toBe(1)
    expect(failed.stdout).toMatch(
      /^ {2}createSecret +failed +\d+ ms {2}AWSCURRENT has the access key \w+ of \S+legacy-reader, and the tag of the secret says legacy-raeder\. Mend one of the two\.\n/,
    )
    expect(failed.stdout).toContain('AWSCURRENT is as it was.')
    expect(failed.stdout).toContain('npx causeway sandbox logs causeway-keys --account home')
    const pending = / Version (\S+) is still AWSPENDING/.exec(failed.stdout)?.[1]

    const Tags = [{ Key: 'causeway:target', Value: 'legacy-reader' }]
    await manager.send(new TagResourceCommand({ SecretId: arn, Tags }))
    const mended = await rotate('--json')
    expect(JSON.parse(mended.stdout)).toMatchObject({ rotated: true, goneOnWith: true, version: pending })

    const tooSoon = await rotate('--json')
    const anew = await rotate('--json', '--anew')
    expect(JSON.parse(anew.stdout).version).not.toBe(JSON.parse(tooSoon.stdout).version)
  })

  it.each([
    [['nothing-of-that-name'], 1, 'Your own account has no such secret in eu-central-2: see that its name'],
    [['without-rotation'], 2, 'without-rotation has no rotation function. Give it one'],
  ])('says what is wrong with %j', async (names, wanted, sentence) => {
    const made = new CreateSecretCommand({ Name: 'without-rotation', SecretString: 'x' })
    await manager.send(made).catch(() => {})
    const { code, stderr } = await causeway(['sandbox', 'rotate', ...names, '--account', 'home'])
    expect(code).toBe(wanted)
    expect(stderr).toContain(sentence)
  })
})

describe('the function', () => {
  it('deactivates what it replaced when that is due, deletes it after as long again, and lets the next rotation begin', async () => {
    const states = async () => {
      const { AccessKeyMetadata = [] } = await iam.send(new ListAccessKeysCommand({ UserName: 'legacy-sender' }))
      return AccessKeyMetadata.map(({ Status }) => Status)
    }
    const retired = async () => {
      await sleep(1_100)
      expect(await invoke({ retire: true })).toBe('ok')
      return states()
    }
    expect(await states()).toEqual(['Active', 'Active'])
    expect(await retired()).toEqual(['Inactive', 'Active'])
    expect(await retired()).toEqual(['Active'])
    const log = await logOf('causeway-keys')
    expect(log).toMatch(/"message":"credential retired".*"outcome":"later"/)
    expect(log).toMatch(/"message":"credential retired".*"outcome":"retired"/)
    // What the alarms of the stack go by.
    const { Resources } = (await readTemplate(join(root, 'infra/credential-rotation.yaml'))).body
    const alarms = Object.values(Resources).flatMap(({ Properties }) =>
      Properties?.Namespace === 'Causeway' ? [Properties.MetricName] : [],
    )
    const published = log
      .split('\n')
      .map(parsed)
      .find((line) => 'CredentialsRetired' in line)
    expect(published).toMatchObject({ service: 'causeway-keys' })
    expect(Object.keys(published ?? {})).toEqual(expect.arrayContaining(alarms))
    expect(alarms).toHaveLength(2)
    const { stdout } = await causeway(['sandbox', 'rotate', 'legacy-sender', '--account', 'home', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ rotated: true, goneOnWith: true })
  })
})

describe('the function of a stack with a database', () => {
  it("rotates a user of PostgreSQL, by its bundle and as its role, and nothing secret is in its log or the server's", async () => {
    await using postgres = await startPostgres()
    const made = new CreateSecretCommand({ Name: 'orders-administrator', SecretString: postgres.administrator })
    const { ARN: administrator = '' } = await manager.send(made)
    const { outputs } = await sandbox.deploy({
      template: join(root, 'infra/credential-rotation.yaml'),
      account: 'home',
      stack: 'rotation-of-users',
      parameters: { RotationName: 'users', AdministratorArns: administrator },
    })
    const first = { username: 'orders', password: 'the-first-password-of-orders' }
    const users = postgresUsers({
      administrator: secret('env:ADMINISTRATOR', { environment: { ADMINISTRATOR: postgres.administrator } }),
    })
    await users.setPassword(first, 'pg_read_all_data')
    const arn = await secretOf('orders', JSON.stringify(first), { rotator: 'postgres-users', target: administrator })
    await rotatedBy(arn, outputs.FunctionArn ?? '')
    const { code, stdout } = await causeway(['sandbox', 'rotate', 'orders', '--account', 'home'])
    expect({ code, stdout }).toMatchObject({ code: 0 })
    const second = JSON.parse(await currentOf(arn))
    expect(second.username).toBe('orders_clone')
    await users.signIn(second)
    await users.signIn(first)
    for (const text of [stdout, await logOf('causeway-users'), await postgres.log()]) {
      expect(text.length).toBeGreaterThan(100)
      for (const { password } of [first, second]) expect(text).not.toContain(password)
    }
  })
})

describe('tried: the role of the function', () => {
  it('is refused the key of a user that the stack does not name', async () => {
    await iam.send(new CreateUserCommand({ UserName: 'administrator-2' }))
    const key = await keyOf('administrator-2')
    const arn = await secretOf('not-named', key, { rotator: 'access-key', target: 'administrator-2' })
    const { stdout } = await causeway(['sandbox', 'rotate', arn, '--account', 'home', '--json'])
    expect(JSON.parse(stdout).steps[0].reason).toMatch(/not authorized to perform: iam:ListAccessKeys/)
    expect((await iam.send(new ListAccessKeysCommand({ UserName: 'administrator-2' }))).AccessKeyMetadata).toHaveLength(
      1,
    )
  })

  it('is refused a secret that does not name it for its rotation, whatever the event says', async () => {
    const arn = await secretOf('of-another', 'a-password-of-another', { rotator: 'password' })
    const { VersionId } = await manager.send(new RotateSecretCommand({ SecretId: arn }))
    await rotatedBy(arn, `${functionArn}-2`)
    const event = { Step: 'createSecret', SecretId: arn, ClientRequestToken: VersionId }
    expect(await invoke(event)).toMatch(/not authorized to perform: secretsmanager:DescribeSecret/)
    const { VersionIdsToStages = {} } = await manager.send(new DescribeSecretCommand({ SecretId: arn }))
    expect(Object.values(VersionIdsToStages).flat().toSorted()).toEqual(['AWSCURRENT', 'AWSPENDING'])
  })
})

describe('asserted, not tried: the roles and the permission', () => {
  const policyOf = async (RoleName: string, PolicyName: string) => {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
    return JSON.parse(decodeURIComponent(PolicyDocument))
  }
  const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
  it('the function may rotate the secrets that name it, change the keys of the named users, and nothing else', async () => {
    expect(await policyOf('causeway-keys', 'run')).toEqual(
      policy(
        {
          Sid: 'Log',
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: 'arn:aws:logs:eu-central-2:111111111111:log-group:/aws/lambda/causeway-keys:*',
        },
        {
          // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
          Sid: 'RotateSecretsThatNameIt',
          Effect: 'Allow',
          Action: [
            'secretsmanager:DescribeSecret',
            'secretsmanager:GetSecretValue',
            'secretsmanager:PutSecretValue',
            'secretsmanager:UpdateSecretVersionStage',
          ],
          Resource: 'arn:aws:secretsmanager:eu-central-2:111111111111:secret:*',
          Condition: { StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functionArn } },
        },
        { Sid: 'FindWhatIsToBeRetired', Effect: 'Allow', Action: 'secretsmanager:ListSecrets', Resource: '*' },
        {
          // https://docs.aws.amazon.com/IAM/latest/UserGuide/access-keys_required-permissions.html
          Sid: 'ChangeAccessKeysOfUsers',
          Effect: 'Allow',
          Action: [
            'iam:CreateAccessKey',
            'iam:DeleteAccessKey',
            'iam:GetAccessKeyLastUsed',
            'iam:ListAccessKeys',
            'iam:UpdateAccessKey',
          ],
          Resource: [user('legacy-sender'), user('legacy-reader')],
        },
      ),
    )
  })

  // https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions.html
  it('Secrets Manager may invoke it for secrets of this account', async () => {
    const { Policy = '' } = await new LambdaClient(options).send(new GetPolicyCommand({ FunctionName: functionArn }))
    expect(JSON.parse(Policy).Statement).toEqual([
      expect.objectContaining({
        Effect: 'Allow',
        Principal: { Service: 'secretsmanager.amazonaws.com' },
        Action: 'lambda:InvokeFunction',
        Resource: functionArn,
        Condition: { StringEquals: { 'AWS:SourceAccount': '111111111111' } },
      }),
    ])
  })

  // https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
  it('the schedule may invoke it and nothing else, for this account', async () => {
    const Action = 'lambda:InvokeFunction'
    expect(await policyOf('causeway-keys-schedule', 'invoke')).toEqual(
      policy({ Sid: 'Invoke', Effect: 'Allow', Action, Resource: functionArn }),
    )
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'causeway-keys-schedule' }))
    expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toEqual(
      policy({
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '111111111111' } },
      }),
    )
  })
})
