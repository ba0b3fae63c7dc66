import type { ConfigurationEntry } from '@causeway-aws/handler'
import type { BrokerEndpoints } from '@causeway-aws/readers'
import * as v from 'valibot'

/** `ENDPOINTS`: by which way the brokers are reached. */
export const endpoints: ConfigurationEntry<BrokerEndpoints> = v.optional(
  v.pipe(
    v.string(),
    v.picklist(['private', 'public', 'multi-vpc']),
    v.description('private, public or multi-vpc'),
    v.examples(['multi-vpc']),
  ),
  'private',
)
