import { type Checkpoints, type Claim, ClaimLostError } from './checkpoints.ts'

/** What is kept of a partition. */
export interface Row {
  position: string | undefined
  finished: boolean
  epoch: number
  /** Until when it is claimed, in milliseconds since 1970; 0 where it is not. */
  until: number
}

/**
 * Keeps checkpoints as long as the process lives: for what is read once, and for tests.
 *
 * @example
 * ```ts
 * import { type Checkpoints, memoryCheckpoints } from '@causeway-aws/readers'
 *
 * export const checkpoints: Checkpoints = memoryCheckpoints()
 * ```
 */
export function memoryCheckpoints(): Checkpoints {
  return checkpointsIn(new Map())
}

/** Checkpoints in rows that somebody else has, too. */
export function checkpointsIn(rows: Map<string, Row>, firstRead?: Date): Checkpoints {
  let begun = firstRead

  function held({ partition, epoch }: Claim): Row {
    const row = rows.get(partition)
    if (row?.epoch !== epoch) throw new ClaimLostError(partition)
    return row
  }

  return {
    async begun(now) {
      begun ??= now
      return begun
    },
    async get(partition) {
      const row = rows.get(partition)
      if (!row) return undefined
      const { until, ...checkpoint } = row
      return { ...checkpoint, claimed: until > Date.now() }
    },
    async claim(partition, lease) {
      const row = rows.get(partition) ?? { position: undefined, finished: false, epoch: 0, until: 0 }
      if (row.until > Date.now()) return undefined
      row.epoch += 1
      row.until = Date.now() + lease
      rows.set(partition, row)
      return { partition, epoch: row.epoch, position: row.position, finished: row.finished }
    },
    async commit(claim, lease, position) {
      const row = held(claim)
      row.position = position ?? row.position
      row.until = Date.now() + lease
    },
    async finish(claim) {
      Object.assign(held(claim), { finished: true, until: 0 })
    },
    async release(claim) {
      const row = rows.get(claim.partition)
      if (row?.epoch === claim.epoch) row.until = 0
    },
  }
}
