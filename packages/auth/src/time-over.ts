/**
 * What a request's time limit says of its answer, in plain words; undefined where an error is of something else. The SDK's
 * own words are of its settings, and name its packages.
 *
 * @param error - As a client of the SDK threw it.
 *
 * @example
 * ```ts
 * import { timeOver } from '@causeway-aws/auth'
 *
 * export const sentence = (error: Error): string => timeOver(error) ?? error.message
 * ```
 */
export function timeOver({ name, message }: Error): string | undefined {
  const [, milliseconds] = (name === 'TimeoutError' && /\b(\d+) ms\b/.exec(message)) || []
  if (milliseconds === undefined) return undefined
  const what = message.includes('connection') ? 'no connection' : 'no answer'
  return `there was ${what} for ${Number(milliseconds) / 1_000} s`
}
