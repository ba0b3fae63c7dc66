import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import type { ClientOptions } from '@causeway-aws/sandbox'

/** An app client, and the secret that has its own. */
export interface AppClient {
  readonly secretArn: string
  /** Gets a token, by what the secret holds. Rejects with an error of the name that Cognito gives it: `invalid_client`. */
  token(value: string): Promise<void>
  /** Takes both away. */
  remove(): Promise<void>
}

export async function makeAppClient(
  options: ClientOptions,
  { userPoolId, functionArn }: { userPoolId: string; functionArn: string },
): Promise<AppClient> {
  const cognito = new CognitoIdentityProviderClient(options)
  const manager = new SecretsManagerClient(options)
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: userPoolId,
      ClientName: 'demo',
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthScopes: ['orders/read'],
    }),
  )
  const { ClientId: clientId = '', ClientSecret: clientSecret = '' } = UserPoolClient ?? {}
  const { ARN: secretArn = '' } = await manager.send(
    new CreateSecretCommand({
      Name: `causeway-demo-app-${clientId}`,
      SecretString: JSON.stringify({ clientId, clientSecret }),
      Tags: [
        { Key: 'causeway:rotator', Value: 'cognito-client-secret' },
        { Key: 'causeway:target', Value: `${userPoolId}/${clientId}` },
      ],
    }),
  )
  const named = { SecretId: secretArn, RotationLambdaARN: functionArn, RotateImmediately: false }
  await manager.send(new RotateSecretCommand(named))
  return {
    secretArn,
    async token(value) {
      const { clientId, clientSecret } = JSON.parse(value)
      const basic = Buffer.from(`${clientId}:${clientSecret}`).toString('base64')
      const answer = await fetch(`${options.endpoint}/oauth2/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials',
      })
      if (answer.ok) return void (await answer.arrayBuffer())
      const { error, error_description: said = 'Cognito gives it no token' } = (await answer.json()) as Record<
        string,
        string
      >
      throw Object.assign(new Error(said), { name: error })
    },
    async remove() {
      await manager.send(new DeleteSecretCommand({ SecretId: secretArn, ForceDeleteWithoutRecovery: true }))
      await cognito.send(new DeleteUserPoolClientCommand({ UserPoolId: userPoolId, ClientId: clientId }))
    },
  }
}
