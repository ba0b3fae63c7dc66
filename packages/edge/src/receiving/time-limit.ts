import { CausewayError } from '@causeway-aws/auth'
import { untilAborted } from '../until-aborted.ts'

/** Something took longer than it may. */
class TimeLimitError extends CausewayError {
  constructor(sentence: string) {
    super(sentence, { code: 'TimeLimitError', retryable: true })
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
export function timeLimit(
  milliseconds: number,
  cut: AbortSignal,
  sentence = `The message took longer than ${milliseconds} ms; give it more time or less to do.`,
): TimeLimit {
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
      timer = setTimeout(() => controller.abort(new TimeLimitError(sentence)), milliseconds)
      return controller.signal
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
      cut.removeEventListener('abort', abort)
    },
  }
}

/** What a request of the SDK is given beside its command. */
export interface AnswerOptions {
  readonly abortSignal: AbortSignal
  readonly requestTimeout: number
}

/**
 * Asks a service, and waits for its answer no longer than that, nor when the signal has fired. `requestTimeout` alone would
 * only have the SDK warn, as long as its client has no `throwOnRequestTimeout`.
 */
export async function answerWithin<Answer>(
  milliseconds: number,
  signal: AbortSignal,
  ask: (options: AnswerOptions) => Promise<Answer>,
): Promise<Answer> {
  using time = timeLimit(milliseconds, signal, `There was no answer within ${milliseconds} ms.`)
  const abortSignal = time.next()
  return await untilAborted(ask({ abortSignal, requestTimeout: milliseconds }), abortSignal)
}
