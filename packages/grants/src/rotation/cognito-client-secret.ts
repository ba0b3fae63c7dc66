import { createHmac, randomUUID } from 'node:crypto'
import type { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider'
import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { jsonValue } from './json-value.ts'
import { randomPassword } from './random-password.ts'
import { RotationError } from './rotation-error.ts'
import type { Rotator } from './rotator.ts'

/** What a secret with the secret of an app client holds, and whatever else is in it. */
export interface CognitoClientValue {
  readonly clientId: string
  readonly clientSecret: string
}

/** Whose secret is rotated, and with what. */
export interface CognitoClientSecretOptions {
  readonly userPoolId: string
  readonly clientId: string
  /** Default: made when first needed. */
  readonly client?: Pick<CognitoIdentityProviderClient, 'send'>
  /** Settings of the client that is made. */
  readonly clientSettings?: object
}

const optionsSchema = v.strictObject({
  userPoolId: v.pipe(v.string(), v.regex(/^[\w-]+_[0-9a-zA-Z]+$/, 'must be the id of a user pool')),
  clientId: v.pipe(v.string(), v.regex(/^[\w+]{1,128}$/, 'must be the id of an app client')),
  client: v.optional(
    v.custom<Pick<CognitoIdentityProviderClient, 'send'>>(
      (it) => typeof (it as CognitoIdentityProviderClient)?.send === 'function',
      'must be a client of Cognito',
    ),
  ),
  clientSettings: v.optional(
    v.custom<object>((it) => typeof it === 'object'),
    {},
  ),
})

const parse = jsonValue('clientId', 'clientSecret')

/**
 * Rotates the secret of an app client of a Cognito user pool, which may have two. The new one is thought of here and stored
 * before Cognito is told it, so that a run that is cut off leaves nothing that is not known. The secret is JSON,
 * `{"clientId": …, "clientSecret": …}`. An app client with a second secret that no rotation has made is refused.
 *
 * @throws {InvalidOptions} naming the option.
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AddUserPoolClientSecret.html
 *
 * @example
 * ```ts
 * import { cognitoClientSecret } from '@causeway-aws/grants/rotation'
 *
 * export const ofPortal = cognitoClientSecret({ userPoolId: 'eu-west-1_AbCdEfGhI', clientId: '1example23456789' })
 * ```
 */
export function cognitoClientSecret(options: CognitoClientSecretOptions): Rotator<CognitoClientValue> {
  const { userPoolId, clientId, ...given } = parseOptions('cognitoClientSecret', optionsSchema, options)
  const place = { UserPoolId: userPoolId, ClientId: clientId }
  const commands = () => import('./cognito-commands.ts')
  let made: Pick<CognitoIdentityProviderClient, 'send'> | undefined
  const client = async () => {
    made ??= given.client ?? new (await commands()).CognitoIdentityProviderClient(given.clientSettings)
    return made
  }

  /** The ids of the app client's secrets, the oldest first. */
  async function ids(signal: AbortSignal | undefined): Promise<string[]> {
    const { ListUserPoolClientSecretsCommand } = await commands()
    const { ClientSecrets = [] } = await (await client()).send(
      new ListUserPoolClientSecretsCommand(place),
      requestOf(signal),
    )
    return ClientSecrets.toSorted((a, b) => Number(a.ClientSecretCreateDate) - Number(b.ClientSecretCreateDate)).map(
      ({ ClientSecretId = '' }) => ClientSecretId,
    )
  }

  async function deleteSecret(ClientSecretId: string, signal: AbortSignal | undefined): Promise<void> {
    const { DeleteUserPoolClientSecretCommand } = await commands()
    const command = new DeleteUserPoolClientSecretCommand({ ...place, ClientSecretId })
    await (await client()).send(command, requestOf(signal)).catch((error: Error) => {
      if (error.name !== 'ResourceNotFoundException') throw error
    })
  }

  /**
   * Whether Cognito takes a secret. It looks at the hash before it looks for the user, who does not exist, whichever ways to
   * sign in the app client has; nobody is sent anything.
   * https://docs.aws.amazon.com/cognito/latest/developerguide/signing-up-users-in-your-app.html#cognito-user-pools-computing-secret-hash
   */
  async function accepts({ clientSecret }: CognitoClientValue, signal: AbortSignal | undefined): Promise<boolean> {
    const { ConfirmSignUpCommand } = await commands()
    const Username = `causeway-rotation-${randomUUID()}`
    const SecretHash = createHmac('sha256', clientSecret).update(`${Username}${clientId}`).digest('base64')
    const command = new ConfirmSignUpCommand({ ClientId: clientId, SecretHash, Username, ConfirmationCode: '000000' })
    try {
      await (await client()).send(command, requestOf(signal))
      return true
    } catch (error) {
      const { name = '', message = '' } = error instanceof Error ? error : {}
      if (name === 'NotAuthorizedException' && /secret hash/i.test(message)) return false
      if (ofUnknownUser.has(name)) return true
      throw error
    }
  }

  return {
    parse,
    format: (value) => JSON.stringify(value),
    secretOf: ({ clientSecret }) => clientSecret,

    async create({ current, abandoned, signal }) {
      if (current.clientId !== clientId || !(await accepts(current, signal))) {
        throw new RotationError(
          'WrongCredential',
          `AWSCURRENT does not hold a secret that the app client ${clientId} takes. Put a working one of it there, and rotate again.`,
        )
      }
      const [, second] = await ids(signal)
      if (second !== undefined) {
        const isOurs = (await Promise.all(abandoned.map((value) => accepts(value, signal)))).includes(true)
        if (!isOurs) throw inUse(second)
        await deleteSecret(second, signal)
      }
      return { ...current, clientSecret: randomPassword(48) }
    },

    async set(pending, { signal }) {
      if (await accepts(pending, signal)) return
      const [, second] = await ids(signal)
      if (second !== undefined) throw inUse(second)
      const { AddUserPoolClientSecretCommand } = await commands()
      const command = new AddUserPoolClientSecretCommand({ ...place, ClientSecret: pending.clientSecret })
      await (await client()).send(command, requestOf(signal))
    },

    async test(pending, { signal }) {
      if (!(await accepts(pending, signal))) {
        throw new Error(`Cognito does not take the new secret of the app client ${clientId}.`)
      }
    },

    async retire(replaced, { current, signal }) {
      if (replaced.clientSecret === current.clientSecret || !(await accepts(replaced, signal))) return 'retired'
      const [oldest, newest] = await ids(signal)
      if (oldest === undefined || newest === undefined || !(await accepts(current, signal))) {
        throw new RotationError(
          'WrongCredential',
          `AWSCURRENT does not hold a secret that the app client ${clientId} takes, so the one before it is left to it.`,
        )
      }
      await deleteSecret(oldest, signal)
      return 'retired'
    },
  }

  function inUse(id: string): RotationError {
    return new RotationError(
      'CredentialInUse',
      `The app client ${clientId} has a second secret, ${id}, which no rotation of this one has made. It can have two: delete it when nobody uses it, and rotate again.`,
    )
  }
}

/** What is answered to the right hash, and a user who does not exist. */
const ofUnknownUser: ReadonlySet<string> = new Set([
  'UserNotFoundException',
  'ExpiredCodeException',
  'CodeMismatchException',
  'NotAuthorizedException',
])

const requestOf = (signal: AbortSignal | undefined) => (signal === undefined ? {} : { abortSignal: signal })
