import { assumedRole, type CredentialProvider } from '@causeway-aws/auth'
import { credentialsOf } from './credentials.ts'
import { UsageError } from './exit.ts'
import type { Grant } from './grant.ts'
import type { ReaderFlags } from './reader-options.ts'

/** Who reads, and what the grant names, where there is one. */
export interface Reader {
  /** Of the role; undefined for the caller's own. */
  readonly credentials: CredentialProvider | undefined
  readonly roleArn: string | undefined
  readonly region: string | undefined
  readonly grant: Partial<Grant>
}

/** Whom the flags say. An ARN of what is read names its region best, then the grant does, then the flag. */
export async function readerOf(
  { grant: file, roleArn, externalIdFrom, ...flags }: ReaderFlags,
  regionOf: (grant: Partial<Grant>) => string | undefined = () => undefined,
): Promise<Reader> {
  if (file === undefined) {
    const region = regionOf({}) ?? flags.region
    const identity = {
      ...(roleArn && { roleArn }),
      ...(externalIdFrom && { externalIdFrom }),
      ...(region && { region }),
    }
    return { credentials: credentialsOf(identity), roleArn, region, grant: {} }
  }
  if (roleArn !== undefined || externalIdFrom !== undefined) {
    throw new UsageError(
      '--grant: it names the role and its ExternalId, so leave out --role-arn and --external-id-from.',
    )
  }
  const { readGrant } = await import('./grant.ts')
  const grant = await readGrant(file)
  if (grant.actions !== undefined && !grant.actions.includes('read')) {
    throw new UsageError(`--grant ${file}: it is to ${grant.actions.join(' and ')}, and not to read.`)
  }
  const region = regionOf(grant) ?? grant.region ?? flags.region
  const credentials = assumedRole({
    roleArn: grant.roleArn,
    sessionName: 'causeway-cli',
    ...(grant.externalId !== undefined && { externalId: grant.externalId }),
    ...(region !== undefined && { region }),
  })
  return { credentials, roleArn: grant.roleArn, region, grant }
}

/** What a client of the SDK is made with for a reader. */
export function clientOptionsOf({ credentials, region }: Pick<Reader, 'credentials' | 'region'>): {
  region?: string
  credentials?: CredentialProvider
} {
  return { ...(region !== undefined && { region }), ...(credentials && { credentials }) }
}
