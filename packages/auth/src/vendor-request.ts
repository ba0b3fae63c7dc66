import { CausewayError } from './error.ts'

/** What a vendor has answered; the body is undefined where it is no JSON. */
export interface VendorAnswer {
  isGood: boolean
  status: number
  body: unknown
}

/** Asks a credential vendor, whichever language it speaks. */
export async function askVendor(url: string, authorization: string, request: object): Promise<VendorAnswer> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(20_000),
  }).catch((cause: unknown) => {
    throw unreachable(url, cause)
  })
  return { isGood: answer.ok, status: answer.status, body: await answer.json().catch(() => undefined) }
}

/** `fetch` says that it failed, and why only in its cause. */
function unreachable(url: string, cause: unknown): CausewayError {
  const { cause: inner = cause } = cause as { cause?: unknown }
  const { code, message } = inner as { code?: unknown; message?: string }
  const why = typeof code === 'string' ? code : message
  return new CausewayError(`The credential vendor at ${new URL(url).origin} cannot be reached: ${why}.`, {
    code: 'VendorUnreachable',
    retryable: true,
    cause,
  })
}
