import { isIP } from 'node:net'
import { parseOptions, type Secret } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { UserDatabase } from './alternating-users.ts'
import { scramVerifier } from './scram.ts'

/** Where the users are, and who may change them. */
export interface PostgresUsersOptions {
  /**
   * JSON: `host`, `port` (5432), `dbname` (postgres), and a `username` and `password` that may make and change roles. The place is
   * taken from here and from nowhere else: whoever may write the secret that is rotated must not have us sign in elsewhere.
   * `"ssl": false` where the server has no TLS; else it must have a certificate that this process trusts.
   */
  readonly administrator: Secret
  /** How long a connection or a statement may take, in milliseconds. Default: 10,000. */
  readonly timeout?: number
}

const optionsSchema = v.strictObject({
  administrator: v.custom<Secret>((it) => typeof (it as Secret)?.value === 'function', 'must be a secret()'),
  timeout: v.optional(v.pipe(v.number(), v.minValue(1, 'must be 1 or more')), 10_000),
})

const placeSchema = v.looseObject({
  host: v.pipe(v.string(), v.nonEmpty()),
  port: v.optional(v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer()), 5432),
  dbname: v.optional(v.string(), 'postgres'),
  username: v.pipe(v.string(), v.nonEmpty()),
  password: v.pipe(v.string(), v.nonEmpty()),
  ssl: v.optional(
    v.union([
      v.boolean(),
      v.pipe(
        v.picklist(['true', 'false']),
        v.transform((it) => it === 'true'),
      ),
    ]),
    true,
  ),
})

/**
 * Users of a PostgreSQL server, RDS among them. A new user is made a member of the one whose rights it gets. The server is sent
 * what it keeps of a password, and never the password: no log of its statements has it.
 *
 * @throws {InvalidOptions} naming the option.
 *
 * @example
 * ```ts
 * import { secret } from '@causeway-aws/auth'
 * import { postgresUsers } from '@causeway-aws/grants/rotation'
 *
 * export const database = postgresUsers({ administrator: secret('secret:orders-database-administrator') })
 * ```
 */
export function postgresUsers(options: PostgresUsersOptions): UserDatabase {
  const { administrator, timeout } = parseOptions('postgresUsers', optionsSchema, options)

  /** Signs in, does something, and signs out. */
  async function connected<Result>(
    user: { readonly username: string; readonly password: string } | undefined,
    work: (client: import('pg').Client) => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result> {
    const place = await placeOf(administrator)
    const { Client } = await import('./pg.ts')
    signal?.throwIfAborted()
    const client = new Client({
      host: place.host,
      port: place.port,
      database: place.dbname,
      user: (user ?? place).username,
      password: (user ?? place).password,
      ssl: place.ssl && { rejectUnauthorized: true, ...(isIP(place.host) === 0 && { servername: place.host }) },
      connectionTimeoutMillis: timeout,
      query_timeout: timeout,
      application_name: 'causeway-rotation',
    })
    client.on('error', () => {}) // of a connection that breaks in between: what waits for it rejects
    try {
      await client.connect()
      return await work(client)
    } finally {
      await client.end().catch(() => {})
    }
  }

  return {
    signIn: (user, signal) => connected(user, async (client) => void (await client.query('SELECT 1')), signal),

    async setPassword({ username, password }, rightsOf, signal) {
      const { escapeIdentifier, escapeLiteral } = await import('./pg.ts')
      const [role, like] = [escapeIdentifier(username), escapeIdentifier(rightsOf)]
      const verifier = escapeLiteral(scramVerifier(password))
      const work = async (client: import('pg').Client) => {
        const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [username])
        if (rowCount !== 0) await refuseStranger(client, username, rightsOf)
        // One request is one transaction: a user without its rights is never there.
        const statements =
          rowCount === 0
            ? `CREATE ROLE ${role} LOGIN PASSWORD ${verifier}; GRANT ${like} TO ${role}`
            : `ALTER ROLE ${role} LOGIN PASSWORD ${verifier}`
        await client.query(statements)
      }
      await connected(undefined, work, signal)
    },

    async lock(username, signal) {
      const { escapeIdentifier } = await import('./pg.ts')
      const work = async (client: import('pg').Client) => {
        const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [username])
        if (rowCount !== 0) await client.query(`ALTER ROLE ${escapeIdentifier(username)} NOLOGIN PASSWORD NULL`)
      }
      await connected(undefined, work, signal)
    },
  }
}

/** A user of that name may have been there before there was any rotation. */
async function refuseStranger(client: import('pg').Client, username: string, rightsOf: string): Promise<void> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_auth_members JOIN pg_roles granted ON granted.oid = roleid JOIN pg_roles holder ON holder.oid = member
     WHERE (granted.rolname, holder.rolname) IN (($1, $2), ($2, $1))`,
    [username, rightsOf],
  )
  if (rowCount !== 0) return
  throw new Error(
    `There is a user ${username} that is no member of ${rightsOf}, so it was not made to take turns with it, and its password is left to it. Rotate a user of another name.`,
  )
}

async function placeOf(administrator: Secret): Promise<v.InferOutput<typeof placeSchema>> {
  const text = await administrator.value()
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new Error(`The secret ${administrator.reference} of the database's administrator is not JSON.`)
  }
  const result = v.safeParse(placeSchema, parsed)
  if (result.success) return result.output
  const key = v.getDotPath(result.issues[0]) ?? 'the object'
  throw new Error(`The secret ${administrator.reference} of the database's administrator: ${key} is missing or wrong.`)
}
