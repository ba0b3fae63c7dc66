import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { randomPassword } from './random-password.ts'
import type { Rotator } from './rotator.ts'

/** How passwords are made. */
export interface PasswordOptions {
  /** How many letters and digits. Default: 32. */
  readonly length?: number
}

const optionsSchema = v.strictObject({
  length: v.optional(
    v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(16, 'must be 16 or more'), v.maxValue(256)),
    32,
  ),
})

/**
 * Rotates a password that is known to the secret alone: whoever checks it takes what AWSCURRENT and what AWSPREVIOUS holds, and
 * looks again within the grace. When that is over AWSPREVIOUS is taken away, and with it the old password. The whole of the
 * secret's text is the password.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { password } from '@causeway-aws/grants/rotation'
 *
 * export const webhooks = password({ length: 48 })
 * ```
 */
export function password(options: PasswordOptions = {}): Rotator<string> {
  const { length } = parseOptions('password', optionsSchema, options)
  return {
    parse: (text) => text,
    format: (value) => value,
    secretOf: (value) => value,
    create: async () => randomPassword(length),
    set: async () => {},
    test: async (pending) => {
      if (pending.length < 16) throw new Error('it has fewer than 16 characters.')
    },
    retire: async () => 'retired',
  }
}
