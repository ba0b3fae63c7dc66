import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

const iterations = 4096 // PostgreSQL's own; each sign-in costs as many

/**
 * What PostgreSQL keeps of a password. It takes it in the place of the password, which then is in no statement, and in no log of
 * statements. For passwords of ASCII characters.
 *
 * @see https://www.postgresql.org/docs/current/catalog-pg-authid.html
 * @see https://datatracker.ietf.org/doc/html/rfc5802#section-3
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const keyOf = (text: string) => createHmac('sha256', salted).update(text).digest()
  const storedKey = createHash('sha256').update(keyOf('Client Key')).digest('base64')
  const serverKey = keyOf('Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}
