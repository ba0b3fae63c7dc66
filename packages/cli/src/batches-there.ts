import type { Batch } from '@causeway-aws/readers/reading'

/** Batches that come when they do, and are taken when somebody asks. */
export interface BatchesThere {
  /** The next that has records, if it is there. */
  take(): Batch | undefined
}

/** Asks for one batch at a time, the next when one is taken. A promise of it would keep all who ever looked, for as long as nothing comes. */
export function batchesThere(batches: AsyncIterator<Batch>): BatchesThere {
  let next: PromiseSettledResult<IteratorResult<Batch>> | undefined
  function ask(): void {
    next = undefined
    batches.next().then(
      (value) => {
        next = { status: 'fulfilled', value }
      },
      (reason) => {
        next = { status: 'rejected', reason }
      },
    )
  }
  ask()
  return {
    take() {
      if (next?.status === 'rejected') throw next.reason
      if (!next || next.value.done) return undefined
      const batch = next.value.value
      ask()
      return batch.records.length > 0 ? batch : undefined
    },
  }
}
