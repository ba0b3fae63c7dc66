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
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  GetAccessKeyLastUsedCommand,
  IAMClient,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import { type ClientOptions, clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, expect, test } from 'vitest'
import { temporaryCheckout } from './temporary-checkout.ts'

const RotationLambdaARN = 'arn:aws:lambda:eu-central-2:111111111111:function:rotation'

let administrator: ClientOptions
let manager: SecretsManagerClient
beforeAll(async () => {
  const { sandbox, port, dispose } = await temporaryCheckout()
  await sandbox.start({ port })
  administrator = clientOptions(await sandbox.credentials('home'))
  manager = new SecretsManagerClient(administrator)
  return dispose
})

async function newSecret(): Promise<string> {
  const { ARN = '' } = await manager.send(new CreateSecretCommand({ Name: crypto.randomUUID(), SecretString: 'first' }))
  return ARN
}

async function sessionOf(role: string) {
  const assume = new AssumeRoleCommand({ RoleArn: `arn:aws:iam::111111111111:role/${role}`, RoleSessionName: 'test' })
  const { Credentials } = await new STSClient(administrator).send(assume)
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

const versionsOf = async (SecretId: string) =>
  (await manager.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {}

test('RotateSecret begins a version that is AWSPENDING and leaves AWSCURRENT, until that is done no other', async () => {
  const SecretId = await newSecret()
  await expect(manager.send(new RotateSecretCommand({ SecretId }))).rejects.toThrow('No Lambda rotation function')
  const { VersionId = '' } = await manager.send(new RotateSecretCommand({ SecretId, RotationLambdaARN }))
  expect((await versionsOf(SecretId))[VersionId]).toEqual(['AWSPENDING'])
  expect(await manager.send(new GetSecretValueCommand({ SecretId }))).toMatchObject({ SecretString: 'first' })
  await expect(manager.send(new RotateSecretCommand({ SecretId }))).rejects.toThrow("previous rotation isn't complete")
})

test('RotateSecret only says who rotates, when it is not to be done immediately', async () => {
  const SecretId = await newSecret()
  await manager.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, RotateImmediately: false }))
  expect(Object.values(await versionsOf(SecretId))).toEqual([['AWSCURRENT']])
  const { SecretList = [] } = await manager.send(new ListSecretsCommand({}))
  expect(SecretList.find(({ ARN }) => ARN === SecretId)).toMatchObject({ RotationLambdaARN })
})

test('a label goes to the version that was put last with it', async () => {
  const SecretId = await newSecret()
  for (const SecretString of ['second', 'third']) {
    const ClientRequestToken = crypto.randomUUID()
    await manager.send(
      new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages: ['AWSPENDING', 'mine'] }),
    )
    expect((await versionsOf(SecretId))[ClientRequestToken]?.toSorted()).toEqual(['AWSPENDING', 'mine'])
  }
  expect(Object.values(await versionsOf(SecretId)).flat()).toHaveLength(3)
})

test('a version that has a value keeps it', async () => {
  const [SecretId, ClientRequestToken] = [await newSecret(), crypto.randomUUID()]
  const put = (SecretString: string) =>
    manager.send(
      new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages: ['AWSPENDING'] }),
    )
  await put('second')
  await put('second')
  await expect(put('third')).rejects.toMatchObject({ name: 'ResourceExistsException' })
})

test('a role may be for writing policies of the roles that one boundary bounds, and of no others', async () => {
  const iam = new IAMClient(administrator)
  const document = (it: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...it }] })
  const AssumeRolePolicyDocument = document({
    Principal: { AWS: 'arn:aws:iam::111111111111:root' },
    Action: 'sts:AssumeRole',
  })
  const everything = document({ Action: '*', Resource: '*' })
  const made = await iam.send(new CreatePolicyCommand({ PolicyName: 'boundary', PolicyDocument: everything }))
  const PermissionsBoundary = made.Policy?.Arn ?? ''
  const role = { AssumeRolePolicyDocument }
  await iam.send(new CreateRoleCommand({ ...role, RoleName: 'bound', PermissionsBoundary }))
  for (const RoleName of ['unbound', 'writer']) await iam.send(new CreateRoleCommand({ ...role, RoleName }))
  const Condition = { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } }
  const PolicyDocument = document({ Action: 'iam:PutRolePolicy', Resource: '*', Condition })
  await iam.send(new PutRolePolicyCommand({ RoleName: 'writer', PolicyName: 'write', PolicyDocument }))
  const writer = new IAMClient({ ...administrator, credentials: await sessionOf('writer') })
  const write = (RoleName: string) =>
    writer.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'written', PolicyDocument: everything }))
  await expect(write('bound')).resolves.toBeDefined()
  await expect(write('unbound')).rejects.toThrow(/not authorized to perform: iam:PutRolePolicy/)
})

test('a role may be for the secrets that one function rotates, and for no others', async () => {
  const iam = new IAMClient(administrator)
  const document = (it: object) => JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...it }] })
  const RoleName = 'rotation'
  const trust = { Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'sts:AssumeRole' }
  await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: document(trust) }))
  const Condition = { StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': RotationLambdaARN } }
  const PolicyDocument = document({ Action: 'secretsmanager:GetSecretValue', Resource: '*', Condition })
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'read', PolicyDocument }))
  const credentials = await sessionOf(RoleName)
  const asRole = new SecretsManagerClient({ ...administrator, credentials })

  const [rotated, other] = [await newSecret(), await newSecret()]
  await manager.send(new RotateSecretCommand({ SecretId: rotated, RotationLambdaARN, RotateImmediately: false }))
  const theirs = { SecretId: other, RotationLambdaARN: `${RotationLambdaARN}-2`, RotateImmediately: false }
  expect(await asRole.send(new GetSecretValueCommand({ SecretId: rotated }))).toMatchObject({ SecretString: 'first' })
  const denied = { name: 'AccessDeniedException' }
  await expect(asRole.send(new GetSecretValueCommand({ SecretId: other }))).rejects.toMatchObject(denied)
  await manager.send(new RotateSecretCommand(theirs))
  await expect(asRole.send(new GetSecretValueCommand({ SecretId: other }))).rejects.toMatchObject(denied)
})

test('a user has two access keys at most', async () => {
  const iam = new IAMClient(administrator)
  await iam.send(new CreateUserCommand({ UserName: 'sender' }))
  const create = () => iam.send(new CreateAccessKeyCommand({ UserName: 'sender' }))
  await create()
  await create()
  await expect(create()).rejects.toMatchObject({ name: 'LimitExceededException' })
})

test('who may ask when a key was used last may do so of certain users', async () => {
  const iam = new IAMClient(administrator)
  const keys = await Promise.all(
    ['asked', 'others'].map(async (UserName) => {
      await iam.send(new CreateUserCommand({ UserName }))
      return (await iam.send(new CreateAccessKeyCommand({ UserName }))).AccessKey
    }),
  )
  const Action = 'iam:GetAccessKeyLastUsed'
  const Statement = [{ Effect: 'Allow', Action, Resource: 'arn:aws:iam::111111111111:user/asked' }]
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement })
  await iam.send(new PutUserPolicyCommand({ UserName: 'asked', PolicyName: 'ask', PolicyDocument }))
  const [asked, others] = keys.map((key) => key?.AccessKeyId)
  const credentials = { accessKeyId: asked ?? '', secretAccessKey: keys[0]?.SecretAccessKey ?? '' }
  const asUser = new IAMClient({ ...administrator, credentials })
  await asUser.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: asked }))
  const refused = asUser.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: others }))
  await expect(refused).rejects.toThrow('not authorized')
})

test('an app client has two secrets at most, and takes either', async () => {
  const cognito = new CognitoIdentityProviderClient(administrator)
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'portal' }))
  const UserPoolId = UserPool?.Id ?? ''
  const made = new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'portal', GenerateSecret: true })
  const { ClientId = '', ClientSecret: first = '' } = (await cognito.send(made)).UserPoolClient ?? {}
  const place = { UserPoolId, ClientId }
  const takes = async (secret: string) => {
    const SecretHash = createHmac('sha256', secret).update(`me${ClientId}`).digest('base64')
    const given = { ClientId, SecretHash, Username: 'me', ConfirmationCode: '1' }
    const error: Error = await cognito.send(new ConfirmSignUpCommand(given)).catch((thrown) => thrown)
    return !/secret hash/.test(error.message)
  }
  const second = 'a-second-secret-of-our-own'.replaceAll('-', '_')
  expect(await takes(second)).toBe(false)
  const { ClientSecretDescriptor } = await cognito.send(
    new AddUserPoolClientSecretCommand({ ...place, ClientSecret: second }),
  )
  expect(ClientSecretDescriptor?.ClientSecretValue).toBeUndefined()
  expect([await takes(first), await takes(second), await takes('another')]).toEqual([true, true, false])
  await expect(cognito.send(new AddUserPoolClientSecretCommand(place))).rejects.toMatchObject({
    name: 'LimitExceededException',
  })
  const { ClientSecrets = [] } = await cognito.send(new ListUserPoolClientSecretsCommand(place))
  expect(ClientSecrets.map(({ ClientSecretValue }) => ClientSecretValue)).toEqual([undefined, undefined])
  const ClientSecretId = ClientSecrets[0]?.ClientSecretId
  await cognito.send(new DeleteUserPoolClientSecretCommand({ ...place, ClientSecretId }))
  expect([await takes(first), await takes(second)]).toEqual([false, true])
})
