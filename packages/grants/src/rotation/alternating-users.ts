import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import { jsonValue } from './json-value.ts'
import { randomPassword } from './random-password.ts'
import { RotationError } from './rotation-error.ts'
import type { Rotator } from './rotator.ts'

/** What a secret with a user of a database holds, and whatever else is in it: host, port, name of the database. */
export interface UserValue {
  readonly username: string
  readonly password: string
}

/** Whatever has users with passwords: three functions, so that any database fits. None may put a password into an error or a log. */
export interface UserDatabase {
  /** Rejects where the database does not let the user in. */
  signIn(user: UserValue, signal?: AbortSignal): Promise<void>
  /**
   * Lets a user in with this password and with no other. Where there is no such user it makes one, with the rights of another;
   * it rejects where there is one that has nothing to do with the other.
   */
  setPassword(user: UserValue, rightsOf: string, signal?: AbortSignal): Promise<void>
  /** Lets a user in no more. It keeps its rights, for the rotation after the next. Does nothing where there is no such user. */
  lock(username: string, signal?: AbortSignal): Promise<void>
}

/** Which users take turns, and where. */
export interface AlternatingUsersOptions {
  readonly database: UserDatabase
  /** How many letters and digits a password has. Default: 32. */
  readonly passwordLength?: number
  /** What the second user is called beside the first: its name and this. Default: `_clone`, as in AWS's own templates. */
  readonly suffix?: string
}

const optionsSchema = v.strictObject({
  database: v.custom<UserDatabase>(
    (it) => typeof (it as UserDatabase)?.signIn === 'function',
    'must be a UserDatabase',
  ),
  passwordLength: v.optional(
    v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(16, 'must be 16 or more'), v.maxValue(256)),
    32,
  ),
  suffix: v.optional(v.pipe(v.string(), v.nonEmpty('must not be empty')), '_clone'),
})

const parse = jsonValue('username', 'password')

/**
 * Rotates a password by two users of the same rights who take turns, for a database whose users have one password each. The
 * next user gets a new password while the present one goes on working; when the grace is over that one is locked. The secret is
 * JSON, `{"username": …, "password": …}`.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { alternatingUsers, postgresUsers } from '@causeway-aws/grants/rotation'
 * import { secret } from '@causeway-aws/auth'
 *
 * const administrator = secret('secret:orders-database-administrator')
 * export const ofOrders = alternatingUsers({ database: postgresUsers({ administrator }) })
 * ```
 */
export function alternatingUsers(options: AlternatingUsersOptions): Rotator<UserValue> {
  const { database, passwordLength, suffix } = parseOptions('alternatingUsers', optionsSchema, options)
  const otherOf = (username: string) =>
    username.endsWith(suffix) ? username.slice(0, -suffix.length) : `${username}${suffix}`

  return {
    parse,
    format: (value) => JSON.stringify(value),
    secretOf: ({ password }) => password,

    async create({ current, signal }) {
      await signInCurrent(current, signal)
      return { ...current, username: otherOf(current.username), password: randomPassword(passwordLength) }
    },

    async set(pending, { current, signal }) {
      // Neither value is taken at its word: whoever may write the secret must not have another user's password set.
      if (pending.username !== otherOf(current.username)) throw notTheOther(pending.username, current.username)
      await signInCurrent(current, signal)
      const isSet = await database.signIn(pending, signal).then(
        () => true,
        () => false, // for whatever reason: setting it says which
      )
      if (!isSet) await database.setPassword(pending, current.username, signal)
    },

    test: (pending, { signal }) => database.signIn(pending, signal),

    async retire(replaced, { current, signal }) {
      if (replaced.username === current.username) return 'retired'
      if (replaced.username !== otherOf(current.username)) throw notTheOther(replaced.username, current.username)
      await signInCurrent(current, signal)
      await database.lock(replaced.username, signal)
      return 'retired'
    },
  }

  async function signInCurrent(current: UserValue, signal: AbortSignal | undefined): Promise<void> {
    await database.signIn(current, signal).catch((cause: unknown) => {
      const said = cause instanceof Error ? cause.message.replace(/\.$/, '') : 'no reason was given'
      throw new RotationError(
        'WrongCredential',
        `The database does not let in ${current.username} with the password in AWSCURRENT: ${said}. Put a working one there, and rotate again.`,
        { cause },
      )
    })
  }

  function notTheOther(username: string, current: string): RotationError {
    return new RotationError(
      'WrongCredential',
      `A version of the secret has the user ${username}, and ${current} takes turns with ${otherOf(current)}, so nothing is done with ${username}. Take the labels of that version away (aws secretsmanager update-secret-version-stage), and rotate again.`,
    )
  }
}
