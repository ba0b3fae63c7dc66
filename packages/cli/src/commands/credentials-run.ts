import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { appCredentials, credentialProcess, secret } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { Terminal } from '../terminal.ts'
import { writePrivateFile } from './private-file.ts'

export interface CredentialsFlags {
  app: string
  duration?: number
  endpoint: string
  tenant?: string
  userPool: string
  client: string
  user: string
  passwordFrom: string
  /** False with --no-cache. */
  cache: boolean
  renew?: boolean
  terminal: Terminal
}

/** What is left of a session when another is asked for: 5 minutes, or a fifth of it. */
const least = { milliseconds: 300_000, share: 0.2 }

const keptSchema = v.strictObject({ keptAt: v.number(), endsAt: v.number(), document: v.string() })

/**
 * An SDK runs a credential_process whenever it finds what it has too short: with sessions of 900 s botocore does at every use,
 * since it renews 15 minutes before the end. It is told of the same session each time.
 */
export async function printCredentials(flags: CredentialsFlags): Promise<void> {
  const { terminal, cache, renew } = flags
  const file = join(folder(), `${hashOf(flags)}.json`)
  const kept = cache && !renew ? await keptIn(file) : undefined
  if (kept !== undefined) return terminal.print(kept)
  const credentials = await appCredentials({
    endpoint: flags.endpoint,
    app: flags.app,
    ...(flags.tenant !== undefined && { tenant: flags.tenant }),
    login: {
      userPoolId: flags.userPool,
      clientId: flags.client,
      userName: flags.user,
      password: secret(flags.passwordFrom),
    },
    ...(flags.duration !== undefined && { duration: flags.duration }),
    onWarning: ({ message }) => terminal.note(message),
  })()
  const document = credentialProcess(credentials)
  if (cache && credentials.expiration) {
    await keep(file, { keptAt: Date.now(), endsAt: credentials.expiration.getTime(), document }).catch((error: Error) =>
      terminal.note(`The session is not kept, so the next run asks for another (--no-cache says so): ${error.message}`),
    )
  }
  terminal.print(document)
}

async function keep(file: string, record: v.InferOutput<typeof keptSchema>): Promise<void> {
  await mkdir(folder(), { recursive: true, mode: 0o700 })
  await writePrivateFile(file, JSON.stringify(record), '')
}

const folder = (): string => join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'causeway', 'credentials')

/** Other flags are other credentials. */
const hashOf = ({ app, duration, endpoint, tenant, userPool, client, user }: CredentialsFlags): string =>
  createHash('sha256')
    .update(JSON.stringify([app, duration, endpoint, userPool, client, user, tenant]))
    .digest('hex')
    .slice(0, 32)

/** What is kept, while enough of it is left; a file that is not there, or not ours, is as none. */
async function keptIn(file: string): Promise<string | undefined> {
  try {
    const { keptAt, endsAt, document } = v.parse(keptSchema, JSON.parse(await readFile(file, 'utf8')))
    const left = endsAt - Date.now()
    return left > Math.min(least.milliseconds, (endsAt - keptAt) * least.share) ? document : undefined
  } catch {
    return undefined
  }
}
