/**
 * What this package logs with. A Powertools `Logger` is one, and so are `console` and anything that takes a line and its attributes.
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

/**
 * A logger that says in each line which message it is about. Powertools' child loggers do so too, at 50 µs for each; a
 * class because one is made for every message.
 */
export class MessageLogger implements Logger {
  readonly #logger: Logger
  readonly #trackingId: string

  constructor(logger: Logger, trackingId: string) {
    this.#logger = logger
    this.#trackingId = trackingId
  }

  debug(line: string, ...attributes: Record<string, unknown>[]): void {
    this.#logger.debug(line, { trackingId: this.#trackingId }, ...attributes)
  }

  info(line: string, ...attributes: Record<string, unknown>[]): void {
    this.#logger.info(line, { trackingId: this.#trackingId }, ...attributes)
  }

  warn(line: string, ...attributes: Record<string, unknown>[]): void {
    this.#logger.warn(line, { trackingId: this.#trackingId }, ...attributes)
  }

  error(line: string, ...attributes: Record<string, unknown>[]): void {
    this.#logger.error(line, { trackingId: this.#trackingId }, ...attributes)
  }
}
