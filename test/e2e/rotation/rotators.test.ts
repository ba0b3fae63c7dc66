import { createHmac } from 'node:crypto'
import {
  AddUserPoolClientSecretCommand,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteUserPoolClientSecretCommand,
  ListUserPoolClientSecretsCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  IAMClient,
  ListAccessKeysCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { secret } from '@causeway-aws/auth'
import {
  accessKey,
  alternatingUsers,
  cognitoClientSecret,
  password,
  postgresUsers,
  type Rotator,
  type UserDatabase,
} from '@causeway-aws/grants/rotation'
import { type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { testSandbox } from '../../sandbox.ts'
import { conformsAsRotator } from './conformance.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import type { Watch, watching } from './watching.ts'

let client: ClientOptions
let postgres: PostgresServer
beforeAll(async () => {
  client = clientOptions(await testSandbox().credentials('home'))
  postgres = await startPostgres()
})
afterAll(() => postgres?.[Symbol.asyncDispose]())

const unknown = <Value>(rotator: Rotator<Value>) => rotator as Rotator<unknown>

/** An SDK client that goes by a watch. */
function watchedClient<Made extends Parameters<ReturnType<typeof watching>['client']>[0]>(
  made: Made,
  watch: Watch,
): Made {
  made.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) =>
        watch(commandName, () => next(args)),
    {
      step: 'initialize',
    },
  )
  return made
}

conformsAsRotator({
  name: 'an access key',
  hasService: true,
  async open() {
    const iam = new IAMClient(client)
    const UserName = `user-${crypto.randomUUID()}`
    await iam.send(new CreateUserCommand({ UserName }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
    const stsAs = ({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) =>
      new STSClient({ ...client, credentials: { accessKeyId, secretAccessKey } })
    return {
      value: JSON.stringify({
        accessKeyId: AccessKey?.AccessKeyId,
        secretAccessKey: AccessKey?.SecretAccessKey,
        note: 'kept',
      }),
      rotator: (watch) =>
        unknown(
          accessKey({
            userName: UserName,
            iam: watchedClient(new IAMClient(client), watch),
            stsAs: (key) => watchedClient(stsAs(key), watch),
            patience: 0,
          }),
        ),
      works: (value) =>
        stsAs(JSON.parse(value))
          .send(new GetCallerIdentityCommand({}))
          .then(
            () => JSON.parse(value).note === 'kept',
            () => false,
          ),
      count: async () => (await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata?.length ?? 0,
      spoil: (pending) =>
        iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: JSON.parse(pending).accessKeyId })),
    }
  },
})

conformsAsRotator({
  name: "an app client's secret",
  hasService: true,
  async open() {
    const cognito = new CognitoIdentityProviderClient(client)
    const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'portal' }))
    const UserPoolId = UserPool?.Id ?? ''
    const made = new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'portal', GenerateSecret: true })
    const { UserPoolClient } = await cognito.send(made)
    const { ClientId = '', ClientSecret = '' } = UserPoolClient ?? {}
    const ids = async () => {
      const { ClientSecrets = [] } = await cognito.send(new ListUserPoolClientSecretsCommand({ UserPoolId, ClientId }))
      return ClientSecrets.map(({ ClientSecretId = '' }) => ClientSecretId)
    }
    return {
      value: JSON.stringify({ clientId: ClientId, clientSecret: ClientSecret }),
      rotator: (watch) =>
        unknown(
          cognitoClientSecret({
            userPoolId: UserPoolId,
            clientId: ClientId,
            client: watchedClient(new CognitoIdentityProviderClient(client), watch),
          }),
        ),
      works(value) {
        const SecretHash = createHmac('sha256', JSON.parse(value).clientSecret).update(`me${ClientId}`).digest('base64')
        const command = new ConfirmSignUpCommand({ ClientId, SecretHash, Username: 'me', ConfirmationCode: '1' })
        return cognito.send(command).then(
          () => true,
          ({ message }: Error) => !/secret hash/.test(message),
        )
      },
      count: async () => (await ids()).length,
      async spoil() {
        const ClientSecretId = (await ids()).at(-1)
        await cognito.send(new DeleteUserPoolClientSecretCommand({ UserPoolId, ClientId, ClientSecretId }))
      },
    }
  },
})

conformsAsRotator({
  name: 'users of PostgreSQL who take turns',
  hasService: true,
  async open() {
    const place = { host: '127.0.0.1', port: postgres.port, ssl: false }
    const database = postgresUsers({
      administrator: secret('env:ADMINISTRATOR', { environment: { ADMINISTRATOR: postgres.administrator } }),
    })
    const username = `orders ${crypto.randomUUID()}"` // to be quoted
    const first = { username, password: crypto.randomUUID() }
    await database.setPassword(first, 'pg_read_all_data')
    const watched = (watch: Watch): UserDatabase => ({
      signIn: (user, signal) => watch('SignIn', () => database.signIn(user, signal)),
      setPassword: (user, rightsOf, signal) => watch('SetPassword', () => database.setPassword(user, rightsOf, signal)),
      lock: (user, signal) => watch('Lock', () => database.lock(user, signal)),
    })
    return {
      value: JSON.stringify({ ...place, dbname: 'postgres', ...first }),
      rotator: (watch) => unknown(alternatingUsers({ database: watched(watch) })),
      async works(value) {
        const { host, port, dbname, username, password } = JSON.parse(value)
        const connection = new Client({ host, port, database: dbname, user: username, password })
        try {
          await connection.connect()
          await connection.query('SELECT FROM pg_class') // which is for whoever reads all data
          return true
        } catch {
          return false
        } finally {
          await connection.end().catch(() => {})
        }
      },
      spoil: async (pending) => database.lock(JSON.parse(pending).username),
      serviceLog: () => postgres.log(),
    }
  },
})

conformsAsRotator({
  name: 'a password that only its secret knows',
  hasService: false,
  open: async () => ({
    value: crypto.randomUUID(),
    rotator: () => unknown(password()),
    works: async (value, held) => held.includes(value),
  }),
})

it('leaves alone a second secret of an app client that no rotation has made, and says which it is', async () => {
  const cognito = new CognitoIdentityProviderClient(client)
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'portal' }))
  const userPoolId = UserPool?.Id ?? ''
  const made = new CreateUserPoolClientCommand({ UserPoolId: userPoolId, ClientName: 'portal', GenerateSecret: true })
  const { ClientId: clientId = '', ClientSecret: clientSecret = '' } = (await cognito.send(made)).UserPoolClient ?? {}
  const place = { UserPoolId: userPoolId, ClientId: clientId }
  const { ClientSecretDescriptor } = await cognito.send(new AddUserPoolClientSecretCommand(place))
  const rotator = cognitoClientSecret({ userPoolId, clientId, client: cognito })
  await expect(rotator.create({ current: { clientId, clientSecret }, abandoned: [] })).rejects.toMatchObject({
    code: 'CredentialInUse',
    message: expect.stringContaining(ClientSecretDescriptor?.ClientSecretId ?? 'its id'),
  })
  const { ClientSecrets } = await cognito.send(new ListUserPoolClientSecretsCommand(place))
  expect(ClientSecrets).toHaveLength(2)
})

it('never signs in to a PostgreSQL without TLS, unless its administrator says that it has none', async () => {
  const { ssl: _, ...place } = JSON.parse(postgres.administrator)
  const users = (more: object) =>
    postgresUsers({
      administrator: secret('env:ADMINISTRATOR', {
        environment: { ADMINISTRATOR: JSON.stringify({ ...place, ...more }) },
      }),
    })
  await expect(users({}).signIn(place)).rejects.toThrow('The server does not support SSL connections')
  await expect(users({ ssl: 'true' }).signIn(place)).rejects.toThrow('The server does not support SSL connections')
  await users({ ssl: false }).signIn(place)
  await expect(users({ ssl: false, port: 'x' }).signIn(place)).rejects.toThrow(
    "The secret env:ADMINISTRATOR of the database's administrator: port is missing or wrong.",
  )
})

it('leaves alone a user of PostgreSQL that is called as the second would be, and was there before', async () => {
  const database = postgresUsers({
    administrator: secret('env:ADMINISTRATOR', { environment: { ADMINISTRATOR: postgres.administrator } }),
  })
  const first = { username: 'stocks', password: 'the-first-password-of-stocks' }
  const stranger = { username: 'stocks_clone', password: 'the-password-of-a-stranger' }
  for (const user of [first, stranger]) await database.setPassword(user, 'pg_read_all_data')
  const rotator = alternatingUsers({ database })
  const pending = await rotator.create({ current: first, abandoned: [] })
  await expect(rotator.set(pending, { current: first })).rejects.toThrow(
    'There is a user stocks_clone that is no member of stocks',
  )
  await database.signIn(stranger)
})
