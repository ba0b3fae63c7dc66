import type { Ticket } from '@causeway-aws/grants/tickets'
import { remembering } from '../aws-request.ts'
import { UsageError } from '../exit.ts'
import { clientLimits } from '../request-limits.ts'
import { writePrivateFile } from './private-file.ts'

/** Writes the code of a ticket where its machine is to find it, by the reference that it will be told of. */
export type CodePlace = (code: string, ticket: Ticket) => Promise<void>

/** The place that a reference names, as `secret` reads it: `file:PATH` or `secret:NAME`. */
export function codePlace(reference: string, { region }: { region?: string }): CodePlace {
  const [, kind, name = ''] = /^(file|secret):(.+)$/.exec(reference) ?? []
  if (kind === 'file') return (code) => writePrivateFile(name, `${code}\n`)
  if (kind === 'secret') return (code, ticket) => writeSecret(name, code, ticket, region)
  throw new UsageError(`--to: expected file:PATH or secret:NAME, got "${reference}". Example: --to file:ticket`)
}

/** The tag of a secret that is for the codes of tickets: another's value is not replaced. */
const tag = 'causeway:ticket'

/** A new secret, or the next value of one that was made for this. */
async function writeSecret(
  name: string,
  code: string,
  { id, kind, into }: Ticket,
  region: string | undefined,
): Promise<void> {
  const {
    CreateSecretCommand,
    DescribeSecretCommand,
    PutSecretValueCommand,
    ResourceExistsException,
    SecretsManagerClient,
  } = await import('@aws-sdk/client-secrets-manager')
  const client = remembering(new SecretsManagerClient({ ...clientLimits, ...(region && { region }) }))
  const Tags = [{ Key: tag, Value: id }]
  const Description = `A ticket of Causeway: ${kind} of ${into}`
  try {
    await client.send(new CreateSecretCommand({ Name: name, Description, SecretString: code, Tags }))
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error
    const { Tags: tags = [] } = await client.send(new DescribeSecretCommand({ SecretId: name }))
    if (!tags.some(({ Key }) => Key === tag)) {
      throw new UsageError(`--to: there is a secret ${name}, and it is not for a ticket. Give another name.`)
    }
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: code }))
  }
}
