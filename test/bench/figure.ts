import { type Pair, type Spread, spreadOf } from './pairs.ts'

/** One measured figure. */
export interface Figure {
  readonly name: string
  readonly ours: Spread
  readonly peer?: Spread
  /** Of ours / peer in each pair, which is not the ratio of the medians. */
  readonly ratio?: Spread
  readonly bar?: Bar
}

/** What a figure is held to: the median of its ratios or, where it has no peer, its median. */
interface Bar extends Limit {
  readonly met: boolean
}

export interface Limit {
  readonly at: 'most' | 'least'
  readonly limit: number
}

/** A figure beside its peer's, both of the same run. */
export function compared(name: string, pairs: readonly Pair<number>[], limit?: Limit): Figure {
  const ours = spreadOf(pairs.map(([own]) => own))
  const peer = spreadOf(pairs.map(([, other]) => other))
  const ratio = spreadOf(pairs.map(([own, other]) => own / other))
  return { name, ours, peer, ratio, ...(limit && { bar: barOf(limit, ratio) }) }
}

/** A figure that stands for itself. */
export function measured(name: string, samples: readonly number[], limit?: Limit): Figure {
  const ours = spreadOf(samples)
  return { name, ours, ...(limit && { bar: barOf(limit, ours) }) }
}

function barOf({ at, limit }: Limit, { median }: Spread): Bar {
  return { at, limit, met: at === 'most' ? median <= limit : median >= limit }
}
