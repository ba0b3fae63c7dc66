import type { ConfigurationEntry } from '@causeway-aws/handler'
import * as v from 'valibot'

/** A variable that says whether, and what holds where it is not set. */
export const trueOrFalse = (otherwise: boolean): ConfigurationEntry<boolean> =>
  v.pipe(
    v.optional(v.string(), `${otherwise}`),
    v.picklist(['true', 'false']),
    v.description('true or false'),
    v.examples([`${!otherwise}`]),
    v.transform((value) => value === 'true'),
  )
