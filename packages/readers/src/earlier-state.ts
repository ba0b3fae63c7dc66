import type { Checkpoints } from './checkpoints.ts'
import type { Partition } from './source.ts'

/** No partition's id ends with a space, as this does. */
const rowOf = (of: string): string => `${of} `

/** Keeps which state of something is being read: whoever finds another there goes on with this one before. */
export async function noteState(checkpoints: Checkpoints, { of, id }: Partition, lease: number): Promise<void> {
  const claim = of === undefined ? undefined : await checkpoints.claim(rowOf(of), lease)
  if (!claim) return
  await checkpoints.commit(claim, lease, id)
  await checkpoints.release(claim)
}

/** The id of another state that was read in part, if there is one. */
export async function earlierState(checkpoints: Checkpoints, { of, id }: Partition): Promise<string | undefined> {
  const noted = of === undefined ? undefined : await checkpoints.get(rowOf(of))
  if (noted?.position === undefined || noted.position === id) return undefined
  const earlier = await checkpoints.get(noted.position)
  return earlier?.position !== undefined && !earlier.finished ? noted.position : undefined
}
