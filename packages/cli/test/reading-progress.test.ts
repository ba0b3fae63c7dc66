import { memoryCheckpoints, type Partition, read, type Source, type SourceRecord } from '@causeway-aws/readers/reading'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type ProgressKind, readingProgress } from '../src/reading-progress.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

const summary = { finished: 0, 'caught up': 0, held: 0 }
const megabyte = (position: number): SourceRecord => ({ position: `${position}`, data: new Uint8Array(1_000_000) })

/** What is said while a source is read whose every batch takes a second, or as many as it is told. */
async function saidOf<P extends Partition>(kind: ProgressKind, source: Source<P>, seconds = 1): Promise<string[]> {
  const said: string[] = []
  const { state, tick } = readingProgress({ terminal: { note: (line) => said.push(line) }, kind, what: 'objects' })
  const { signal } = new AbortController()
  await state.measure(source as Source, signal)
  await read({
    source: state.watched(source),
    checkpoints: state.watchedCheckpoints(checkpoints),
    untilCaughtUp: true,
    concurrency: 1,
    onBatch: async () => void vi.advanceTimersByTime(seconds * 1_000),
    onProgress: (batch) => {
      state.add(batch)
      tick()
    },
  })
  return said
}
let checkpoints = memoryCheckpoints()
beforeEach(() => {
  checkpoints = memoryCheckpoints()
})

/** Objects of two megabytes, each a batch of its own. */
function objects(...ids: string[]): Source {
  return {
    name: 'objects',
    partitionsEnd: true,
    finite: true,
    async *partitions() {
      yield* ids.map((id) => ({ id, after: [], size: 2_000_000 }))
    },
    async *read() {
      yield { records: [megabyte(1)], position: '1', left: { bytes: 1_000_000 } }
      yield { records: [megabyte(2)], position: '2', left: { bytes: 0 } }
    },
  }
}

it('says of what has an end how much is left of it, and for how long', async () => {
  expect(await saidOf('total', objects('a', 'b', 'c'))).toEqual([
    '2 records, 1.0 MB/s, 4.0 MB left, about 4 s to go',
    '4 records, 1.0 MB/s, 2.0 MB left, about 2 s to go',
    '6 records, 1.0 MB/s',
  ])
})

it('counts what was read before as past, and not as read', async () => {
  for (const id of ['a', 'b']) {
    const claim = await checkpoints.claim(id, 60_000)
    if (claim) await checkpoints.finish(claim)
  }
  expect(await saidOf('total', objects('a', 'b', 'c', 'd'))).toEqual([
    '2 records, 1.0 MB/s, 2.0 MB left, about 2 s to go',
    '4 records, 1.0 MB/s',
  ])
})

it('says how far behind a stream is, and when it will not be', async () => {
  const lags = [120_000, 60_000, 0]
  const stream: Source = {
    name: 'stream',
    async *partitions() {
      yield { id: 'shard-0', after: [] }
    },
    async *read() {
      for (const [index, lag] of lags.entries()) yield { records: [megabyte(index)], position: `${index}`, lag }
      yield { records: [], position: '2', lag: 0 }
    },
  }
  expect(await saidOf('total', stream, 3)).toEqual([
    '1 record, 333.3 KB/s, 2 m 0 s behind',
    '2 records, 333.3 KB/s, 1 m 0 s behind, about 6 s to go',
    '3 records, 333.3 KB/s',
  ])
})

it('says of a topic how many records are left, of all its partitions and of each', async () => {
  const topic: Source = {
    name: 'topic',
    async *partitions() {
      yield { id: '0', after: [] }
    },
    async *read() {
      yield { records: [megabyte(0)], position: '0', lag: 5_000, left: { records: 1 } }
      yield { records: [megabyte(1)], position: '1', lag: 0, left: { records: 0 } }
      yield { records: [], position: '1', lag: 0, left: { records: 0 } }
    },
  }
  expect(await saidOf('total', topic, 2)).toEqual([
    '1 record, 500.0 KB/s, 5 s behind, 1 record left, about 2 s to go',
    '2 records, 500.0 KB/s',
  ])
  checkpoints = memoryCheckpoints()
  expect(await saidOf('each', topic, 2)).toEqual([
    '0  from earliest         1 record  500.0 KB/s  5 s behind, 1 record left',
    '0  from earliest        2 records  500.0 KB/s  no more now',
  ])
})

it('says nothing again where nothing has moved, of all or of each', async () => {
  const quiet: Source = {
    name: 'stream',
    async *partitions() {
      yield { id: 'shard-0', after: [] }
      yield { id: 'shard-1', after: [] }
    },
    async *read() {
      yield { records: [megabyte(0)], position: '0', lag: 1_000 }
      for (let turn = 0; turn < 5; turn += 1) {
        vi.advanceTimersByTime(2_000)
        yield { records: [], position: '0', lag: 1_000 }
      }
      yield { records: [], position: '0', lag: 0 }
    },
  }
  expect(await saidOf('total', quiet, 2)).toEqual([
    '1 record, 500.0 KB/s, 1 s behind',
    '2 records, 500.0 KB/s, 1 s behind',
  ])
  checkpoints = memoryCheckpoints()
  expect(await saidOf('each', quiet, 2)).toEqual([
    'shard-0  from earliest         1 record  500.0 KB/s  1 s behind',
    'shard-0  from earliest         1 record   83.3 KB/s  no more now',
    'shard-1  from earliest         1 record  500.0 KB/s  1 s behind',
    'shard-1  from earliest         1 record   83.3 KB/s  no more now',
  ])
})

it('says of each object that it was read to its end, and is silent when it is told to be', async () => {
  expect(await saidOf('each', objects('orders/1', 'b'), 1)).toEqual([
    'orders/1  from earliest        2 records    1.0 MB/s',
    'orders/1  from earliest        2 records    1.0 MB/s  read to its end',
    'b         from earliest        2 records    1.0 MB/s',
    'b         from earliest        2 records    1.0 MB/s  read to its end',
  ])
  checkpoints = memoryCheckpoints()
  expect(await saidOf('off', objects('a'))).toEqual([])
})

it('says of a shard that was split what comes after it', async () => {
  const stream: Source = {
    name: 'stream',
    async *partitions() {
      yield { id: 'shard-0', after: [] }
      yield { id: 'shard-1', after: ['shard-0'] }
      yield { id: 'shard-2', after: ['shard-0'] }
    },
    async *read({ id }) {
      yield { records: [megabyte(0)], position: '0', lag: 1_000 }
      if (id !== 'shard-0') yield { records: [], position: '0', lag: 0 }
    },
  }
  expect(await saidOf('each', stream, 1)).toEqual([
    'shard-0  from earliest         1 record    1.0 MB/s  read to its end -> shard-1, shard-2',
    'shard-1  from earliest         1 record    1.0 MB/s  1 s behind',
    'shard-1  from earliest         1 record    1.0 MB/s  no more now',
    'shard-2  from earliest         1 record    1.0 MB/s  no more now',
  ])
})

it('counts records that failed by themselves as such, and says where they were sent', async () => {
  const said: string[] = []
  const { state, ...progress } = readingProgress({
    terminal: { note: (line) => said.push(line) },
    kind: 'each',
    what: 'objects',
    failuresTo: 's3://failures/',
  })
  const broken = { ...megabyte(2), fault: 'the row is no CSV' }
  const bucket: Source = {
    ...objects('a'),
    async *read() {
      yield { records: [megabyte(1), broken], position: '2' }
    },
  }
  const summary = await read({
    source: state.watched(bucket),
    checkpoints,
    onBatch: async () => void vi.advanceTimersByTime(1_000),
    onFailure: state.watchedFailures(async () => {}),
    onProgress: (batch) => state.add(batch),
  })
  for (const stopped of [false, 'by hand'] as const) progress.end({ summary, stopped, kept: 'orders.checkpoint' })
  expect(said).toEqual([
    'a  from earliest         1 record    2.0 MB/s  1 failed, read to its end',
    'Read 1 record; 1 failed, and was sent to s3://failures/; objects: 1 read to the end.',
    'Stopped after 1 record; 1 failed, and was sent to s3://failures/. Committed to orders.checkpoint; run the same command to go on from there.',
  ])
})

it('says at the end how it went, or where it stopped', () => {
  const said: string[] = []
  const { state, end } = readingProgress({ terminal: { note: (line) => said.push(line) }, kind: 'off', what: 'shards' })
  state.add({ partition: { id: 'shard-0', after: [] }, records: [megabyte(7)], position: '7' })
  end({ summary: { ...summary, held: 1 }, stopped: false, kept: undefined })
  end({ summary, stopped: 'by hand', kept: undefined })
  end({ summary, stopped: 'by its limit', kept: 'the group home' })
  expect(said).toEqual([
    'Read 1 record; shards: 1 held by another reader, or by one that was killed in the last minute.',
    'Stopped after 1 record, at 7 of shard-0. --checkpoint keeps that for the next time.',
    'Stopped after 1 record. Committed to the group home; run the same command to go on from there.',
  ])
})
