import { CausewayError } from '@causeway-aws/auth'

/** How long, in milliseconds, what was done may still be committed when reading is to end. */
const grace = 5_000

/** Waits for something until a while after a signal, and rejects then: whoever is told to end does end. */
export async function withGrace<Value>(something: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  const begin = (): void => {
    timer = setTimeout(() => reject(new UnansweredError()), grace)
  }
  if (signal.aborted) begin()
  else signal.addEventListener('abort', begin)
  try {
    return await Promise.race([something, late])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', begin)
  }
}

/** What was being committed when reading was to end is neither done nor refused. */
class UnansweredError extends CausewayError {
  constructor() {
    super(`there was no answer in ${grace / 1_000} seconds`, { code: 'UnansweredError', retryable: true })
  }
}
