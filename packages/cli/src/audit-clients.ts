import { KMSClient } from '@aws-sdk/client-kms'
import { S3Client } from '@aws-sdk/client-s3'
import { remembering } from './aws-request.ts'
import { credentialsOf } from './credentials.ts'
import type { IdentityFlags } from './identity.ts'
import { clientLimits } from './request-limits.ts'

/** What an audit is read with. */
export function auditClients(flags: IdentityFlags): { s3: S3Client; kms: KMSClient } {
  const credentials = credentialsOf(flags)
  const options = {
    ...clientLimits,
    ...(flags.region && { region: flags.region }),
    ...(credentials && { credentials }),
  }
  // A bucket of another region is found there.
  return {
    s3: remembering(new S3Client({ ...options, followRegionRedirects: true })),
    kms: remembering(new KMSClient(options)),
  }
}
