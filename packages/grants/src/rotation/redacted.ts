import { inspect } from 'node:util'
import { CausewayError } from '@causeway-aws/auth'
import { RotationError } from './rotation-error.ts'

/**
 * An error as it may be thrown: itself, unless anything in it repeats one of the secrets; then one of the same name and code
 * that says so. A driver's error may well hold the options that it was given.
 */
export function withoutSecrets(error: unknown, secrets: readonly string[]): Error {
  const original = error instanceof Error ? error : new Error(String(error))
  const shown = `${original.message}\n${inspect(original, { depth: 6, showHidden: true })}`
  if (!secrets.some((secret) => secret !== '' && repeats(shown, secret))) return original
  const message = secrets.reduce(
    (text, secret) => (secret === '' ? text : text.replaceAll(secret, '[redacted]')),
    original.message,
  )
  const cause = new Error(message)
  cause.name = original.name
  if (original instanceof RotationError) return new RotationError(original.code, message, { ...original, cause })
  return original instanceof CausewayError ? new CausewayError(message, { ...original, cause }) : cause
}

/** `inspect` and JSON write quotes and backslashes otherwise. */
const repeats = (text: string, secret: string) =>
  [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)].some((written) => text.includes(written))
