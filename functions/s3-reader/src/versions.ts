import type { ConfigurationEntry } from '@causeway-aws/handler'
import * as v from 'valibot'

/** `VERSIONS`: whether the bucket keeps versions, so that an object which is replaced is read to its end. */
export const versions: ConfigurationEntry<boolean> = v.pipe(
  v.optional(v.string(), 'false'),
  v.picklist(['true', 'false']),
  v.description('true or false'),
  v.examples(['true']),
  v.transform((value) => value === 'true'),
)
