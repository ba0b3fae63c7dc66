import { inspect } from 'node:util'
import { timeOver } from './time-over.ts'

/** What a credential is called where AWS, or an SDK, repeats it: in a header, a query, an Authorization header, a file. */
const named = 'x-amz-(?:security-token|s3session-token|signature)|session_?token|secret_?access_?key|\\bsignature(?==)'

/** What stands between the name and the value, in a canonical request, a URL (also encoded), JSON or XML. */
const quote = '\\\\*["\']?'
const separator = `${quote}(?:\\s*[:=>]\\s*|%3[AD])${quote}`

const credential = new RegExp(`((?:${named})${separator})[^\\s&'"<>,;\\\\]+`, 'gi')

/**
 * Takes credentials out of a text that is to be shown: session tokens, signatures and secret keys. AWS's answer to a
 * wrong signature, SignatureDoesNotMatch, repeats the canonical request with the session token in it, and a presigned
 * URL is a credential itself. The rest of the text stays as it is.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
 *
 * @example
 * ```ts
 * import { withoutTokens } from '@causeway-aws/auth'
 *
 * export const shown = withoutTokens('host:sts.eu-west-1.amazonaws.com\nx-amz-security-token:IQoJb3JpZ2luX2VjEXAMPLE')
 * ```
 */
export function withoutTokens(text: string): string {
  return text.replaceAll(credential, '$1[redacted]')
}

/**
 * An error as it may be shown and be a `cause`: itself, unless it repeats a credential or the ExternalId; then one of
 * the same name without them, and without the response it came from.
 */
export function redacted(error: unknown, externalId?: string): Error {
  const original = error instanceof Error ? error : new Error(String(error))
  // The message apart: an error's stack, which inspect shows, may be older than its message.
  const shown = `${original.message}\n${inspect(original, { depth: 6 })}`
  const repeatsId = externalId !== undefined && shown.includes(externalId)
  if (!repeatsId && withoutTokens(shown) === shown) return original

  const message = repeatsId ? 'the message is withheld, as it repeats the ExternalId' : withoutTokens(original.message)
  const copy = new Error(message)
  copy.name = original.name
  // What AWS's support asks for.
  if ('$metadata' in original) Object.assign(copy, { $metadata: original.$metadata })
  return copy
}

/** The first line of what an error says: below it AWS repeats all that was signed. */
export function sentenceOf(error: Error): string {
  const over = timeOver(error)
  return over ? `${error.name}: ${over}` : String(error).replace(/\n.*$/s, '')
}
