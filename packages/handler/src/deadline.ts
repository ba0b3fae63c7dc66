import { CausewayError } from '@causeway-aws/auth'

/** Little of the invocation's time is left: what has not been started should be left for the next one. */
export class DeadlineError extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'DeadlineError', retryable: true })
  }
}

/** A signal that fires shortly before the invocation's deadline, and the timer behind it. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

/**
 * Starts the clock of one invocation. The signal fires `drainMargin` milliseconds before Lambda would end the process,
 * with a `DeadlineError` as its reason.
 */
export function startDeadline(context: { getRemainingTimeInMillis(): number }, drainMargin: number): Deadline {
  const left = context.getRemainingTimeInMillis() - drainMargin
  if (left <= 0) {
    const reason = `The invocation began within the ${drainMargin} ms that are kept for draining. Give the function a longer timeout.`
    return { signal: AbortSignal.abort(new DeadlineError(reason)), [Symbol.dispose]: () => {} }
  }
  const controller = new AbortController()
  const reason = `The invocation ends in ${drainMargin} ms: nothing new is started.`
  const timer = setTimeout(() => controller.abort(new DeadlineError(reason)), left)
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) }
}
