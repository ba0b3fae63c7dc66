/** Something that works, but that somebody should look at: `{ code: 'ShortSession', message: '…' }`. */
export interface Warning {
  /** A stable name for the kind of warning. */
  code: string
  /** One sentence; never holds a secret. */
  message: string
  /** The error that led to it, where there was one. */
  cause?: unknown
}

/**
 * What is called with each {@link Warning}: a logger's `warn`, for one.
 *
 * @example
 * ```ts
 * import { assumedRole, type OnWarning } from '@causeway-aws/auth'
 *
 * const onWarning: OnWarning = ({ code, message }) => process.stderr.write(`${code}: ${message}\n`)
 * export const partner = assumedRole({ roleArn: 'arn:aws:iam::222222222222:role/orders-reader', onWarning })
 * ```
 */
export type OnWarning = (warning: Warning) => void

/** The default {@link OnWarning}: Node's own warnings, on stderr (in Lambda: the function's log). */
export const emitWarning: OnWarning = ({ code, message }) =>
  process.emitWarning(message, { type: 'CausewayWarning', code })
