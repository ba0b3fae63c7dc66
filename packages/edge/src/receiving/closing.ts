/** How long, in milliseconds, what was run may still be noted when no new message is taken any more. */
const grace = 1_000

/** Fires a second after another signal, as long as it is not disposed of. */
export function closingAfter(signal: AbortSignal): { readonly signal: AbortSignal } & Disposable {
  const closing = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const close = (): void => {
    timer = setTimeout(() => closing.abort(signal.reason), grace)
  }
  if (signal.aborted) close()
  else signal.addEventListener('abort', close, { once: true })
  return {
    signal: closing.signal,
    [Symbol.dispose]() {
      signal.removeEventListener('abort', close)
      clearTimeout(timer)
    },
  }
}
