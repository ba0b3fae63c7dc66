import {
  CognitoIdentityProviderClient,
  CreateResourceServerCommand,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ResourceExistsException,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { accountIds, type ClientOptions } from '@causeway-aws/sandbox'
import { stackDeployer } from './deploy-stack.ts'
import type { DemoContext } from './flow.ts'

/** Secrets that are left for a person to rotate by hand. */
const byHand = ['causeway-demo-webhooks', 'causeway-demo-callbacks']

/** Deploys home's rotation, which may replace the secrets of one user pool's app clients. */
export async function deployRotation(
  { sandbox, accounts: { home }, signal }: DemoContext,
  grace: string,
  show: (line: string) => void,
): Promise<{ functionArn: string; userPoolId: string }> {
  const userPoolId = await lastingUserPool(home)
  const deploy = stackDeployer(sandbox, {
    signal,
    onDeployed: ({ account, stack, holds }) => show(`${account.padEnd(7)}  stack ${stack}: ${holds}`),
  })
  const output = await deploy({
    account: 'home',
    stack: 'rotation',
    template: 'credential-rotation.yaml',
    holds: 'causeway-rotation, and the schedule on which it retires',
    parameters: {
      UserPoolArns: `arn:aws:cognito-idp:${home.region}:${accountIds.home}:userpool/${userPoolId}`,
      Grace: grace,
    },
  })
  const functionArn = output('FunctionArn')
  const manager = new SecretsManagerClient(home)
  for (const Name of byHand) {
    await made(manager, Name, crypto.randomUUID(), [{ Key: 'causeway:rotator', Value: 'password' }])
    const named = { SecretId: Name, RotationLambdaARN: functionArn, RotateImmediately: false }
    await manager.send(new RotateSecretCommand(named))
  }
  return { functionArn, userPoolId }
}

/** A user pool, made once and kept. Of two demos that make one at the same time, the one that writes it down first has it. */
async function lastingUserPool(home: ClientOptions): Promise<string> {
  const manager = new SecretsManagerClient(home)
  const Name = 'causeway-demo-user-pool'
  const kept = await manager.send(new GetSecretValueCommand({ SecretId: Name })).catch(() => undefined)
  if (kept?.SecretString !== undefined) return kept.SecretString
  const cognito = new CognitoIdentityProviderClient(home)
  const { UserPool } = await cognito.send(new CreateUserPoolCommand({ PoolName: 'causeway-demo' }))
  const UserPoolId = UserPool?.Id ?? ''
  const Scopes = [{ ScopeName: 'read', ScopeDescription: 'read orders' }]
  await cognito.send(new CreateResourceServerCommand({ UserPoolId, Identifier: 'orders', Name: 'orders', Scopes }))
  if (await made(manager, Name, UserPoolId)) return UserPoolId
  await cognito.send(new DeleteUserPoolCommand({ UserPoolId }))
  return (await manager.send(new GetSecretValueCommand({ SecretId: Name }))).SecretString ?? ''
}

/** Whether the secret has been made; false where there is one. */
async function made(
  manager: SecretsManagerClient,
  Name: string,
  SecretString: string,
  Tags: { Key: string; Value: string }[] = [],
): Promise<boolean> {
  try {
    await manager.send(new CreateSecretCommand({ Name, SecretString, Tags }))
    return true
  } catch (error) {
    if (error instanceof ResourceExistsException) return false
    throw error
  }
}
