import { arnParts } from '@causeway-aws/auth'
import type { GrantClients } from '../clients.ts'
import { bucketPolicy } from './bucket-policy.ts'
import { keyPolicy } from './key-policy.ts'
import type { PolicyHolder } from './policy-holder.ts'
import { queuePolicy } from './queue-policy.ts'

/** The holder of an ARN that `statementsOf` gives. */
export function holderOf(arn: string, clients: GrantClients, account: string, region?: string): PolicyHolder {
  const { service } = arnParts(arn)
  if (service === 'sqs') return queuePolicy(arn, clients)
  if (service === 'kms') return keyPolicy(arn, clients)
  return bucketPolicy(arn, clients, account, region)
}
