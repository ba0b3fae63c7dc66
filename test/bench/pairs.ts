/** What ours and its peer came to, one right after the other. */
export type Pair<Sample> = readonly [ours: Sample, peer: Sample]

/** The middle of some samples: half of them lie between the quartiles. */
export interface Spread {
  readonly median: number
  readonly quartiles: readonly [lower: number, upper: number]
}

/**
 * Samples ours and its peer in turn. Both halves of a pair see the same machine, so whatever else it is busy with falls
 * out of the pair's ratio, and a disturbed pair does not move the median of them. The first tenth is thrown away: files
 * are read for the first time in it, code is compiled, connections are made.
 */
export async function inPairs<Sample>(
  count: number,
  ours: () => Sample | Promise<Sample>,
  peer: () => Sample | Promise<Sample>,
): Promise<Pair<Sample>[]> {
  const warmUp = Math.ceil(count / 10)
  const pairs: Pair<Sample>[] = []
  for (let pair = 0; pair < warmUp + count; pair += 1) pairs.push([await ours(), await peer()])
  return pairs.slice(warmUp)
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN
  return { median: at(0.5), quartiles: [at(0.25), at(0.75)] }
}
