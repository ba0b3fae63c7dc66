/** What this package logs with. A Powertools `Logger` is one; so is anything that takes a line and its attributes. */
export interface Logger {
  debug(message: string, ...attributes: Record<string, unknown>[]): void
  info(message: string, ...attributes: Record<string, unknown>[]): void
  warn(message: string, ...attributes: Record<string, unknown>[]): void
  error(message: string, ...attributes: Record<string, unknown>[]): void
}
