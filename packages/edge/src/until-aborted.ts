/** Settles as the work does, or rejects when the signal fires, whether the work heeds the signal or not. */
export function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cut = (): void => reject(signal.reason)
    const listenNoMore = (): void => signal.removeEventListener('abort', cut)
    signal.addEventListener('abort', cut, { once: true })
    work.then(resolve, reject).finally(listenNoMore)
  })
}
