import { CausewayError } from '@causeway-aws/auth'

/** Little of the invocation's time is left: what has not been started should be left for the next one. */
export class DeadlineError extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'DeadlineError', retryable: true })
  }
}

/** When Lambda ends the invocation, a signal that fires shortly before, and the timer behind it. */
export interface Deadline extends Disposable {
  /** In milliseconds since 1970. */
  readonly at: number
  readonly signal: AbortSignal
}

/**
 * Starts the clock of one invocation. The signal fires `drainMargin` milliseconds before Lambda would end the process,
 * with a `DeadlineError` as its reason.
 */
export function startDeadline(context: { getRemainingTimeInMillis(): number }, drainMargin: number): Deadline {
  const remaining = context.getRemainingTimeInMillis()
  const at = Date.now() + remaining
  const left = remaining - drainMargin
  if (left <= 0) {
    const reason = `The invocation began within the ${drainMargin} ms that are kept for draining. Give the function a longer timeout.`
    return { at, signal: AbortSignal.abort(new DeadlineError(reason)), [Symbol.dispose]: () => {} }
  }
  const controller = new AbortController()
  const reason = `The invocation ends in ${drainMargin} ms: nothing new is started.`
  const timer = setTimeout(() => controller.abort(new DeadlineError(reason)), left)
  return { at, signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}
