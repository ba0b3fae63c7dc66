/** Calls a listener. One that throws is warned of: what it is told of, and whoever waits for that, goes on. */
export function notify<Event>(listener: (event: Event) => void, event: Event): void {
  try {
    listener(event)
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error))
  }
}
