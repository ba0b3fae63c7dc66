import * as v from 'valibot'
import type { Changes } from '../wire/message.ts'

/** The type that a route gives to what it sends. */
export const typeSchema: v.GenericSchema<string> = v.pipe(
  v.string('must be text'),
  v.regex(/^\P{C}{1,256}$/u, 'must be 1 to 256 visible characters'),
)

/** With it where the route gives one, else with the message's own. */
export function withType(type: string | undefined): Changes {
  return type === undefined ? {} : { type }
}
