import { setTimeout } from 'node:timers/promises'
import { fullJitter } from '../backoff.ts'

const mostReads = 4

/**
 * Reads an object once more when its bytes broke off: the SDK tries a request again, and not what comes after the head
 * of its answer.
 */
export async function readAgain<Read>(read: () => Promise<Read>): Promise<Read> {
  const backoff = fullJitter()
  for (let reads = 1; ; reads += 1) {
    try {
      return await read()
    } catch (error) {
      if (reads >= mostReads || isAnswer(error)) throw error
      await setTimeout(backoff(reads))
    }
  }
}

/** Whether it is of the request, which the SDK has tried as often as that helps. */
function isAnswer(error: unknown): boolean {
  return typeof error === 'object' && error !== null && '$metadata' in error
}
