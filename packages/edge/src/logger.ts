/**
 * What this package logs with. A Powertools `Logger` is one; so is anything that takes a line and its attributes.
 *
 * @example
 * ```ts
 * import type { Logger } from '@causeway-aws/edge'
 *
 * const print = (line: string, attributes = {}) => void process.stderr.write(`${line} ${JSON.stringify(attributes)}\n`)
 *
 * export const logger: Logger = { debug: () => {}, info: print, warn: print, error: print }
 * ```
 */
export interface Logger {
  debug(message: string, ...attributes: Record<string, unknown>[]): void
  info(message: string, ...attributes: Record<string, unknown>[]): void
  warn(message: string, ...attributes: Record<string, unknown>[]): void
  error(message: string, ...attributes: Record<string, unknown>[]): void
}

/** A logger that says in each line which message it is about. Powertools' child loggers do so too, at 50 µs for each. */
export function aboutMessage(logger: Logger, trackingId: string): Logger {
  return {
    debug: (line, ...attributes) => logger.debug(line, { trackingId }, ...attributes),
    info: (line, ...attributes) => logger.info(line, { trackingId }, ...attributes),
    warn: (line, ...attributes) => logger.warn(line, { trackingId }, ...attributes),
    error: (line, ...attributes) => logger.error(line, { trackingId }, ...attributes),
  }
}
