import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider'
import type { AppLoginOptions } from '@causeway-aws/auth'
import type { Vendor } from '@causeway-aws/grants/apps'
import type { ClientOptions } from '@causeway-aws/sandbox'
import { stackDeployer } from './deploy-stack.ts'
import type { DemoContext } from './flow.ts'

/** The vendor of home, and where it is asked. */
export interface DemoVendor {
  vendor: Vendor
  endpoint: string
}

/** Deploys home's credential vendor, and the table that its apps are kept in. */
export async function deployVendor(
  { sandbox, accounts: { home }, signal }: DemoContext,
  show: (line: string) => void,
): Promise<DemoVendor> {
  const deploy = stackDeployer(sandbox, {
    signal,
    onDeployed: ({ account, stack, holds }) => holds && show(`${account.padEnd(7)}  stack ${stack}: ${holds}`),
  })
  const inHome = { account: 'home', parameters: {} } as const
  await deploy({ ...inHome, stack: 'grants', template: 'grants.yaml', holds: '' })
  const output = await deploy({
    ...inHome,
    stack: 'credentials',
    template: 'credentials.yaml',
    holds: 'user pool, HTTP API -> causeway-credentials',
  })
  return {
    vendor: {
      roleArn: output('FunctionRoleArn'),
      userPoolId: output('UserPoolId'),
      clientId: output('ClientId'),
      boundaryArn: output('BoundaryArn'),
    },
    // The emulator's way to an API; in AWS it is the output Endpoint.
    endpoint: `${home.endpoint}/_aws/execute-api/${output('ApiId')}/$default`,
  }
}

/** A user that an app logs in as. */
export interface AppUser {
  sub: string
  login: Omit<AppLoginOptions, 'clock'>
  remove(): Promise<void>
}

/** Makes a user with a lasting password, as an administrator of the user pool does. */
export async function makeUser(home: ClientOptions, { userPoolId, clientId }: Vendor): Promise<AppUser> {
  const client = new CognitoIdentityProviderClient(home)
  const userName = `demo-${crypto.randomUUID()}`
  const password = `A-1-${crypto.randomUUID()}`
  const named = { UserPoolId: userPoolId, Username: userName }
  const { User } = await client.send(
    new AdminCreateUserCommand({ ...named, TemporaryPassword: password, MessageAction: 'SUPPRESS' }),
  )
  await client.send(new AdminSetUserPasswordCommand({ ...named, Password: password, Permanent: true }))
  return {
    sub: User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? '',
    login: {
      userPoolId,
      clientId,
      userName,
      password: { reference: 'the demo', value: async () => password },
      client,
    },
    async remove() {
      await client.send(new AdminDeleteUserCommand(named))
    },
  }
}
