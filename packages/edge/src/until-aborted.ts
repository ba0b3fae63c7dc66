/** Settles as the work does, or rejects when the signal, if there is one, fires: whether the work heeds it or not. */
export function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return work
  if (signal.aborted) {
    work.catch(() => {})
    return Promise.reject(signal.reason)
  }
  return new Promise((resolve, reject) => {
    const cut = (): void => reject(signal.reason)
    const listenNoMore = (): void => signal.removeEventListener('abort', cut)
    signal.addEventListener('abort', cut, { once: true })
    work.then(resolve, reject).finally(listenNoMore)
  })
}
