/** Fires when the process is told to end, which then is not ended at once: the consumer comes to its end first. */
export function endingWithProcess(): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController()
  const end = (name: NodeJS.Signals): void => controller.abort(new Error(`the process got ${name}`))
  process.once('SIGTERM', end).once('SIGINT', end)
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => void process.off('SIGTERM', end).off('SIGINT', end),
  }
}
