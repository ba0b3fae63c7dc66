/**
 * The time that a person typed, a day or a time in UTC; undefined when it is none, or one that does not exist. Without a
 * zone it would be of wherever the machine is.
 *
 * @example
 * ```ts
 * import { utcTime } from '@causeway-aws/readers/utc-time'
 *
 * const monday = utcTime('2026-11-23T09:30Z')
 * if (utcTime('2026-02-30') !== undefined || monday === undefined) throw new Error('There is no such day.')
 * ```
 */
export function utcTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text)) return undefined
  const time = new Date(text)
  // JavaScript takes 30 February for 2 March, and 24:00 for the next day.
  const isThere = !Number.isNaN(time.getTime()) && time.toISOString().startsWith(text.replace('Z', ''))
  return isThere ? time : undefined
}
