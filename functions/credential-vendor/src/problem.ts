import { AppThrottled } from '@causeway-aws/grants/apps'
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda'

/** A refusal, or a failure, as an answer of HTTP tells it. */
export class Problem extends Error {
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.name = 'Problem'
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** What is the caller's to mend, and by which status that is said. */
const statuses: Readonly<Record<string, number>> = {
  AppNotFound: 404,
  AppDisabled: 403,
  DurationRefused: 400,
  IdTokenNeeded: 400,
  BulkDataRefused: 409,
  SessionRefused: 400,
  NothingToVend: 409,
  AppThrottled: 429,
}

/** The problem that an error comes to; undefined for what is ours to mend. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const status = Object.hasOwn(statuses, error.code) ? statuses[error.code] : undefined
  if (status === undefined) return undefined
  const headers = error instanceof AppThrottled ? { 'retry-after': String(error.retryAfter) } : {}
  return new Problem(status, error.code, error.message, headers)
}

/** https://www.rfc-editor.org/rfc/rfc9457 */
export function answerOf({ status, code, message, headers }: Problem): APIGatewayProxyStructuredResultV2 {
  const title = code.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return {
    statusCode: status,
    headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify({ type: `urn:causeway:problem:${code}`, title, status, detail: message }),
  }
}
