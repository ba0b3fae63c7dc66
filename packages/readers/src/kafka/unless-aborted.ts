/** Waits for something, and rejects with the reason of a signal when that fires before. */
export async function unlessAborted<Value>(signal: AbortSignal, something: Promise<Value>): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(signal.reason)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop)
  try {
    return await Promise.race([aborted, something])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
