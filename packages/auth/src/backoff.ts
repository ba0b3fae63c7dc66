/** In milliseconds. */
export const FIRST_BACKOFF = 1_000

const LONGEST_BACKOFF = 60_000

/** How long to wait, in milliseconds, before what has failed `failures` times in a row before now is tried again. */
export function backoff(failures: number, random: () => number = Math.random): number {
  return Math.min(FIRST_BACKOFF * 2 ** failures, LONGEST_BACKOFF) * (1 - random() / 2)
}
