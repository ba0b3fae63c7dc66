import { CausewayError } from '@causeway-aws/auth'

/** A message took longer than it may. */
class TimeLimitError extends CausewayError {
  constructor(milliseconds: number) {
    super(`The message took longer than ${milliseconds} ms; give it more time or less to do.`, {
      code: 'TimeLimitError',
      retryable: true,
    })
  }
}

/** A signal for one thing after the other. */
export interface TimeLimit extends Disposable {
  /** Begins the next, whose signal fires after its time or with the one that cuts all. The one before has ended. */
  next(): AbortSignal
}

/**
 * Gives each of some things that are done one after the other so much time. Not by `AbortSignal.any`: Node keeps what
 * that makes as long as the longest of its sources, which is here the life of the process.
 * https://github.com/nodejs/node/issues/54614
 */
export function timeLimit(milliseconds: number, cut: AbortSignal): TimeLimit {
  let current = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const abort = (): void => current.abort(cut.reason)
  cut.addEventListener('abort', abort)
  return {
    next() {
      clearTimeout(timer)
      const controller = new AbortController()
      current = controller
      if (cut.aborted) abort()
      timer = setTimeout(() => controller.abort(new TimeLimitError(milliseconds)), milliseconds)
      return controller.signal
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
      cut.removeEventListener('abort', abort)
    },
  }
}
