import { open } from 'node:fs/promises'
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import type { SSMClient } from '@aws-sdk/client-ssm'
import { notify } from './notify.ts'
import { isObject } from './options.ts'
import { SecretUnavailable } from './secret-unavailable.ts'
import type { OnWarning } from './warning.ts'

/** Clients that values are looked up with, where the default ones will not do. */
export interface SecretClients {
  ssm?: Pick<SSMClient, 'send'>
  secretsManager?: Pick<SecretsManagerClient, 'send'>
}

/** What a {@link SecretSource} looks values up with. */
interface SecretContext {
  reference: string
  clients: SecretClients
  environment: Readonly<Record<string, string | undefined>>
  onWarning: OnWarning
}

/** Looks up the value of the part of a reference after its scheme; rejects with an error that says why there is none. */
export type SecretSource = (name: string, context: SecretContext) => Promise<string>

export const sources: ReadonlyMap<string, SecretSource> = new Map([
  ['env', fromEnvironment],
  ['file', fromFile],
  ['ssm', fromParameterStore],
  ['secret', fromSecretsManager],
])

async function fromEnvironment(name: string, { environment, reference }: SecretContext): Promise<string> {
  const value = environment[name]
  if (value === undefined) throw new SecretUnavailable(reference, 'is not set')
  return value
}

async function fromFile(path: string, { reference, onWarning }: SecretContext): Promise<string> {
  await using file = await open(path, 'r')
  const { mode } = await file.stat()
  // Windows has no such bits: Node makes them up there.
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    const bits = (mode & 0o777).toString(8).padStart(4, '0')
    const message = `The file of the secret ${reference} is open to others (${bits}). Close it: chmod 600 ${path}`
    notify(onWarning, { code: 'SecretFileOpen', message })
  }
  return (await file.readFile('utf8')).replace(/\r?\n$/, '')
}

async function fromParameterStore(name: string, { clients, reference }: SecretContext): Promise<string> {
  const { GetParameterCommand } = await import('@aws-sdk/client-ssm')
  const client = clients.ssm ?? (await ssm())
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
  if (Parameter?.Value === undefined) throw new SecretUnavailable(reference, 'has no value')
  return Parameter.Value
}

async function fromSecretsManager(name: string, { clients, reference }: SecretContext): Promise<string> {
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager')
  const client = clients.secretsManager ?? (await secretsManager())
  // No `#` can be part of a name: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
  const [id, key] = name.split('#', 2)
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }))
  if (SecretString === undefined) throw new SecretUnavailable(reference, 'is binary; only a secret string can be used')
  return key === undefined ? SecretString : keyOf(SecretString, key, reference)
}

// Made when first needed, once in a process.
let ssmClient: SSMClient | undefined
let secretsManagerClient: SecretsManagerClient | undefined

async function ssm(): Promise<SSMClient> {
  const { SSMClient } = await import('@aws-sdk/client-ssm')
  ssmClient ??= new SSMClient()
  return ssmClient
}

async function secretsManager(): Promise<SecretsManagerClient> {
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager')
  secretsManagerClient ??= new SecretsManagerClient()
  return secretsManagerClient
}

function keyOf(text: string, key: string, reference: string): string {
  let object: unknown
  try {
    object = JSON.parse(text)
  } catch {
    // Without the cause: the message of JSON.parse repeats the text.
    throw new SecretUnavailable(reference, 'is not JSON, so it has no keys')
  }
  const value = isObject(object) ? (object as Record<string, unknown>)[key] : undefined
  if (typeof value !== 'string') throw new SecretUnavailable(reference, 'has no string under that key')
  return value
}
