import { CausewayError } from '@causeway-aws/auth'

/** How far a partition was read. */
export interface Checkpoint {
  /** What was done last. Missing where nothing was. */
  readonly position?: string | undefined
  /** Whether it was read to its end, and will never have more. */
  readonly finished: boolean
  /** Higher with every claim of the partition: what a reader commits under an older one changes nothing. */
  readonly epoch: number
  /** Whether a reader has it now, as far as its lease says. */
  readonly claimed: boolean
}

/** The right to read a partition and move its checkpoint, until its lease ends or another reader has it. */
export interface Claim extends Omit<Checkpoint, 'claimed'> {
  readonly partition: string
  /** Fires when the partition is taken back in good order, as when a consumer group rebalances. Missing where none is. */
  readonly revoked?: AbortSignal
}

/**
 * How far each partition of one source was read, and who reads it. A reader that stalls loses its claim to another when
 * its lease ends, and then can move nothing any more: every commit is for one epoch only.
 */
export interface Checkpoints {
  /** When the source was first read: this moment, unless an earlier one is kept. */
  begun(now: Date): Promise<Date>
  /** The checkpoint of a partition, or `undefined` where nobody ever claimed it. */
  get(partition: string): Promise<Checkpoint | undefined>
  /** Claims a partition for so many milliseconds. Answers `undefined` while another reader has it. */
  claim(partition: string, lease: number): Promise<Claim | undefined>
  /**
   * Moves the checkpoint to a position, or leaves it where it is without one, and has the lease begin anew.
   *
   * @throws {ClaimLostError} when the partition was claimed again since.
   */
  commit(claim: Claim, lease: number, position?: string): Promise<void>
  /** Says that the partition was read to its end, and gives it back. Throws as `commit` does. */
  finish(claim: Claim): Promise<void>
  /** Gives the partition back: another reader may go on at once. Does nothing where the claim is lost. */
  release(claim: Claim): Promise<void>
}

/** Another reader has claimed the partition since. What this one did after its last commit is done again. */
export class ClaimLostError extends CausewayError {
  constructor(partition: string) {
    super(`Another reader has claimed ${partition} since, so nothing of it is committed here; let only one read it.`, {
      code: 'ClaimLostError',
    })
  }
}
