import type { ConfigurationEntry } from '@causeway-aws/handler'
import type { S3Format } from '@causeway-aws/readers'
import * as v from 'valibot'

/** `FORMAT`: what a record of an object is. */
export const format: ConfigurationEntry<S3Format> = v.optional(
  v.pipe(
    v.string(),
    v.picklist(['ndjson', 'lines', 'csv', 'whole']),
    v.description('ndjson, lines, csv or whole'),
    v.examples(['csv']),
  ),
  'ndjson',
)
