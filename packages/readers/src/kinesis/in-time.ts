/** How long, in milliseconds, an answer of 10 MB may take, with what the client tries again by itself. */
export const answerTime = 120_000

/**
 * What Kinesis says, unless it says nothing for so many milliseconds, or reading ends first. By HTTP/2 the SDK may wait for
 * ever for an answer that was broken off.
 */
export async function inTime<Answer>(
  milliseconds: number,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const asking = new AbortController()
  const { promise: over, reject } = Promise.withResolvers<never>()
  const end = (reason: unknown): void => {
    reject(reason)
    asking.abort(reason)
  }
  const stop = (): void => end(signal.reason)
  const late = Object.assign(new Error(`nothing came for ${milliseconds} ms`), { name: 'TimeoutError' })
  const timer = setTimeout(() => end(late), milliseconds)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  try {
    return await Promise.race([over, ask(asking.signal)])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', stop)
  }
}
