import type { Checkpoints } from './checkpoints.ts'
import type { Partition, SourceRecord } from './source.ts'

/** No partition's id ends with a space, as this does. */
const rowOf = (of: string): string => `${of} `

/** Keeps which state of something is being read: whoever finds another there goes on with this one before. */
export async function noteState(checkpoints: Checkpoints, { of, id }: Partition, lease: number): Promise<void> {
  const claim = of === undefined ? undefined : await checkpoints.claim(rowOf(of), lease)
  if (!claim) return
  await checkpoints.commit(claim, lease, id)
  await checkpoints.release(claim)
}

/** Another state, and up to where it was read. */
export interface EarlierState {
  readonly id: string
  readonly position: string
}

/** Another state that was read in part, if there is one. */
export async function earlierState(checkpoints: Checkpoints, { of, id }: Partition): Promise<EarlierState | undefined> {
  const noted = of === undefined ? undefined : (await checkpoints.get(rowOf(of)))?.position
  if (noted === undefined || noted === id) return undefined
  const { position, finished } = (await checkpoints.get(noted)) ?? { finished: false }
  return position === undefined || finished ? undefined : { id: noted, position }
}

/** What stands for the rest of a state that is not there any more. */
export const goneState = ({ id, position }: EarlierState): SourceRecord => ({
  position,
  data: new Uint8Array(),
  fault: `${id} is not there any more, and was read up to ${position} only`,
  isRest: true,
})
