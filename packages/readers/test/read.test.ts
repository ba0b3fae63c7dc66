import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type Checkpoints,
  ClaimLostError,
  memoryCheckpoints,
  type Partition,
  type ReadOptions,
  RecordError,
  read,
  type SourceRecord,
  TargetError,
} from '../src/index.ts'
import { inParts } from '../src/parts.ts'
import { heldBytes } from './heap.ts'
import { type ListSource, type Lists, listSource, textsOf } from './list-source.ts'

const numbers = (count: number, name = '') => Array.from({ length: count }, (_, index) => `${name}${index}`)

/** Reads a source until it is caught up, and says which records each partition gave, in their order. */
async function readOnce(source: ListSource, options: Partial<ReadOptions<Partition>> = {}) {
  const given: Record<string, string[]> = {}
  const summary = await read({
    source,
    checkpoints: memoryCheckpoints(),
    untilCaughtUp: true,
    backoff: () => 0,
    onBatch: async (records, { partition: { id } }) => {
      given[id] = [...(given[id] ?? []), ...textsOf(records)]
    },
    ...options,
  })
  return { given, summary }
}

const record = (text: string, index: number): SourceRecord => ({ position: `${index}`, data: Buffer.from(text) })

const textOf = ({ data }: SourceRecord) => Buffer.from(data).toString()

describe('A source', () => {
  it('is read whole, each partition in order', async () => {
    const lists = { a: numbers(10, 'a'), b: numbers(7, 'b'), c: [] }
    const { given, summary } = await readOnce(listSource(lists))
    expect(given).toEqual({ a: lists.a, b: lists.b })
    expect(summary).toEqual({ finished: 3, 'caught up': 0, held: 0 })
  })

  it('is read on where it was left, and one that has ended is not read again', async () => {
    const checkpoints = memoryCheckpoints()
    const source = listSource({ grows: ['1', '2'], ended: ['x'] })
    source.open.add('grows')
    expect((await readOnce(source, { checkpoints })).summary).toEqual({ finished: 1, 'caught up': 1, held: 0 })
    Object.assign(source.lists, { grows: ['1', '2', '3', '4'] })
    expect((await readOnce(source, { checkpoints })).given).toEqual({ grows: ['3', '4'] })
  })

  it('gives what comes after a partition only when that was read to its end', async () => {
    const order: string[] = []
    const source = listSource({ a: numbers(5, 'a'), 'a/b': numbers(2, 'b'), 'a/b/c': numbers(2, 'c') })
    await readOnce(source, { onBatch: async (records) => void order.push(...textsOf(records)) })
    expect(order).toEqual([...numbers(5, 'a'), ...numbers(2, 'b'), ...numbers(2, 'c')])
  })

  it('is read on as it grows, and gets partitions, until it is to end', async () => {
    const source = listSource({ a: ['1'] })
    source.open.add('a')
    const ending = new AbortController()
    const given: string[] = []
    const reading = readOnce(source, {
      untilCaughtUp: false,
      discovery: 5,
      signal: ending.signal,
      onBatch: async (records) => void given.push(...textsOf(records)),
    })
    await sleep(20)
    Object.assign(source.lists, { a: ['1', '2'], b: ['x'] })
    await sleep(30)
    source.open.delete('a')
    Object.assign(source.lists, { 'a/c': ['3'] })
    await sleep(40)
    ending.abort()
    expect((await reading).summary).toEqual({ finished: 3, 'caught up': 0, held: 0 })
    expect(given.sort()).toEqual(['1', '2', '3', 'x'])
  })

  it('reads no more partitions side by side than it is told', async () => {
    let now = 0
    let most = 0
    await readOnce(listSource(Object.fromEntries(numbers(20, 'p').map((id) => [id, ['1']]))), {
      concurrency: 4,
      onBatch: async () => {
        most = Math.max(most, ++now)
        await sleep(1)
        now -= 1
      },
    })
    expect(most).toBe(4)
  })

  it('that has an end is listed once, its partitions a few at a time, and reading ends with it', async () => {
    let [listings, ahead, most] = [0, 0, 0]
    const lists = Object.fromEntries(numbers(100, 'p').map((id) => [id, numbers(5, id)]))
    const source = listSource(lists)
    const finite: ListSource = {
      ...source,
      finite: true,
      partitionsEnd: true,
      async *partitions(signal) {
        listings += 1
        for await (const partition of source.partitions(signal)) {
          ahead += 1
          most = Math.max(most, ahead)
          yield partition
        }
      },
    }
    const onBatch = async (records: readonly SourceRecord[]) => void (textsOf(records).at(-1)?.endsWith('4') && ahead--)
    const { summary } = await readOnce(finite, { untilCaughtUp: false, concurrency: 4, onBatch })
    expect(summary).toEqual({ finished: 100, 'caught up': 0, held: 0 })
    expect([listings, most]).toEqual([1, 5])
  })

  it('keeps nothing of partitions that have ended while one goes on', async () => {
    const others = Promise.withResolvers<void>()
    let [before, after] = [0, 0]
    async function* partitions() {
      yield { id: 'long', after: [] }
      for (let number = 0; number < 20_000; number += 1) {
        yield { id: `${number}`, after: [] }
        if (number === 1_000) before = heldBytes()
      }
      after = heldBytes()
      others.resolve()
    }
    await read({
      source: {
        name: 'many',
        finite: true,
        partitions,
        // biome-ignore lint/correctness/useYield: none has a record
        async *read({ id }) {
          if (id === 'long') await others.promise
        },
      },
      checkpoints: {
        ...memoryCheckpoints(),
        get: async () => undefined,
        claim: async (partition) => ({ partition, epoch: 1, position: undefined, finished: false }),
        finish: async () => {},
      },
      concurrency: 2,
      onBatch: async () => {},
    })
    expect(after - before).toBeLessThan(1024 ** 2)
  })

  it('forgets partitions that have ended when they are not listed any more, and reads one anew that comes again', async () => {
    const ending = new AbortController()
    const given: string[] = []
    const source = { ...listSource({ a: ['1'] }), partitionsEnd: true }
    const all = source.partitions
    let gone = false
    const changing: ListSource = { ...source, partitions: (signal) => (gone ? none() : all(signal)) }
    const read = readOnce(changing, {
      untilCaughtUp: false,
      discovery: 5,
      checkpoints: forgetful(),
      signal: ending.signal,
      onBatch: async (records) => void given.push(...textsOf(records)),
    })
    await sleep(40)
    expect(given).toEqual(['1'])
    gone = true
    await sleep(40)
    gone = false
    await sleep(40)
    ending.abort()
    await read
    expect(given).toEqual(['1', '1'])
  })

  it('is begun at what comes from now on where that was asked for the first time', async () => {
    const checkpoints = memoryCheckpoints()
    const starts: unknown[] = []
    const source = listSource({ a: ['1'] })
    const watched = {
      ...source,
      read: (...[partition, from, signal]: Parameters<typeof source.read>) => {
        starts.push(from)
        return source.read(partition, { start: 'earliest' }, signal)
      },
    }
    const before = Date.now()
    await readOnce(watched, { checkpoints, start: 'latest', onBatch: () => Promise.reject(new Error('no')) }).catch(
      () => {},
    )
    await sleep(5)
    await readOnce(watched, { checkpoints, start: 'latest' })
    const [first, second] = starts as { start: Date }[]
    expect(first?.start.getTime()).toBeGreaterThanOrEqual(before)
    expect(second).toEqual(first)
  })
})

describe('A batch', () => {
  it('comes again, to another reader, when its reader was killed while it had it', async () => {
    const checkpoints = memoryCheckpoints()
    const source = listSource({ a: numbers(9) })
    let batches = 0
    const killed = readOnce(source, {
      checkpoints,
      lease: 30,
      // The process is gone: it neither renews its claim nor ends.
      onBatch: () => (++batches === 2 ? new Promise<never>(() => vanish(checkpoints)) : Promise.resolve()),
    })
    killed.catch(() => {})
    await sleep(80)
    expect((await readOnce(source, { checkpoints: revived(checkpoints) })).given).toEqual({ a: numbers(9).slice(3) })
  })

  it('is committed with others where that is asked for, and all of them when reading ends', async () => {
    const commits: string[] = []
    const checkpoints = memoryCheckpoints()
    const watched: Checkpoints = {
      ...checkpoints,
      commit: async (claim, lease, position) => {
        commits.push(`${claim.partition} ${position}`)
        await checkpoints.commit(claim, lease, position)
      },
    }
    const source = listSource({ a: numbers(9), grows: numbers(3) }, { size: 1 })
    source.open.add('grows')
    await readOnce(source, { checkpoints: watched, commitBytes: 4 * 65 })
    expect(commits.sort()).toEqual(['a 3', 'a 7', 'a 8', 'grows 2'])
  })

  it('is committed with no more than so many others, also where records are empty', async () => {
    const checkpoints = memoryCheckpoints()
    let done = 0
    const source = listSource({ a: Array(20).fill('') }, { size: 1 })
    const uncommitted: number[] = []
    const onProgress = async () => {
      done += 1
      uncommitted.push(done - 1 - Number((await checkpoints.get('a'))?.position ?? -1))
    }
    await readOnce(source, { checkpoints, commitBytes: 256, onProgress })
    expect(Math.max(...uncommitted)).toBe(3)
  })

  it('comes in parts of so many records, each committed by itself, and reading can end between two', async () => {
    const checkpoints = memoryCheckpoints()
    const ending = new AbortController()
    const sizes: number[] = []
    const seen: (readonly [position: string | undefined, lag: number | undefined])[] = []
    const options: Partial<ReadOptions<Partition>> = {
      checkpoints,
      batchRecords: 4,
      signal: ending.signal,
      onBatch: async (records) => void sizes.push(records.length),
      onProgress: ({ position, lag }) => {
        seen.push([position, lag])
        if (position === '7') ending.abort()
      },
    }
    await readOnce(listSource({ a: numbers(10) }, { size: 10 }), options)
    expect(await checkpoints.get('a')).toMatchObject({ position: '7', claimed: false })
    const { signal: _, ...untilEnd } = options
    await readOnce(listSource({ a: numbers(10) }, { size: 10 }), untilEnd)
    expect(sizes).toEqual([4, 4, 2])
    expect(seen).toEqual([
      ['3', 1],
      ['7', 1],
      ['9', 0],
    ])
  })

  it('is said to be left by those that come before it', () => {
    const [first, ...more] = inParts(
      { records: ['a', 'bc', 'def'].map(record), position: '9', left: { records: 7, bytes: 0 } },
      1,
    )
    expect(first).toEqual({ records: [record('a', 0)], position: '0', left: { records: 9, bytes: 5 } })
    expect(more.map(({ left, position }) => [position, left])).toEqual([
      ['1', { records: 8, bytes: 3 }],
      ['9', { records: 7, bytes: 0 }],
    ])
  })

  it('is not said to be committed when reading is ended and that is refused', async () => {
    const checkpoints = memoryCheckpoints()
    const refusing: Checkpoints = {
      ...checkpoints,
      commit: async () => {
        throw new Error('the disk is full')
      },
    }
    const ending = new AbortController()
    const stopped = readOnce(listSource({ a: numbers(9) }), {
      checkpoints: refusing,
      commitBytes: 1_000,
      signal: ending.signal,
      onProgress: () => ending.abort(),
    })
    await expect(stopped).rejects.toThrow(
      'Reading has ended before all was committed: what was done of a comes again (Error: the disk is full).',
    )
  })

  it('comes again that was refused as reading ended, of every partition, and that is said', async () => {
    const ending = new AbortController()
    const memory = memoryCheckpoints()
    const refusing: Checkpoints = {
      ...memory,
      async commit(claim, lease, position) {
        if (ending.signal.aborted) throw new Error('the disk is full')
        await memory.commit(claim, lease, position)
      },
    }
    const begun = new Set<string>()
    const stopped = readOnce(listSource({ a: numbers(9), b: numbers(9), c: numbers(9), d: numbers(9), e: [] }), {
      checkpoints: refusing,
      signal: ending.signal,
      async onBatch([first], { partition }) {
        if (first?.position !== '3') return
        begun.add(partition.id)
        if (begun.size === 4) setImmediate(() => ending.abort())
        await once(ending.signal, 'abort')
      },
    })
    await expect(stopped).rejects.toMatchObject({
      code: 'UncommittedError',
      uncommitted: ['a', 'b', 'c', 'd'].map((partition) => ({ partition, position: '2' })),
      again: 'what was done of a after 2, b after 2, c after 2 and 1 more comes again (Error: the disk is full)',
    })
    expect(await memory.get('a')).toMatchObject({ position: '2', claimed: false })
  })

  it('is committed when another fails, or reading is ended, although others would have been with it', async () => {
    const checkpoints = memoryCheckpoints()
    const fails = readOnce(listSource({ a: numbers(8), b: numbers(8) }), {
      checkpoints,
      commitBytes: 1_000,
      onBatch: async (records, { partition }) => {
        if (partition.id === 'a' && textsOf(records).includes('4')) throw new Error('4 is not well')
      },
    })
    await expect(fails).rejects.toThrow(RecordError)
    expect(await checkpoints.get('a')).toMatchObject({ position: '3', claimed: false })

    const ending = new AbortController()
    const given: string[] = []
    const onBatch = async (records: readonly SourceRecord[]) => {
      given.push(...textsOf(records))
      if (given.length === 6) ending.abort()
    }
    const source = listSource({ c: numbers(9) })
    await readOnce(source, { checkpoints, commitBytes: 1_000, signal: ending.signal, onBatch })
    expect(await checkpoints.get('c')).toMatchObject({ position: '5', claimed: false })
  })

  it('is tried again, and then by halves, until the record is found that fails; what others did stays done', async () => {
    const tries: string[] = []
    const failures: string[] = []
    const checkpoints = memoryCheckpoints()
    const { given } = await readOnce(listSource({ a: numbers(8) }, { size: 8 }), {
      checkpoints,
      maxAttempts: 2,
      onBatch: async (records) => {
        tries.push(textsOf(records).join(''))
        if (textsOf(records).includes('5')) throw new Error('5 is not well')
      },
      onFailure: async ({ record, error }) => void failures.push(`${textOf(record)}: ${(error as Error).message}`),
    })
    expect(given).toEqual({})
    expect(tries).toEqual(['01234567', '01234567', '0123', '4567', '45', '4', '5', '5', '67'])
    expect(failures).toEqual(['5: 5 is not well'])
    expect(await checkpoints.get('a')).toMatchObject({ position: '7', finished: true })
  })

  it('ends the reading at a record that fails, where nothing is said of such: the checkpoint is before it', async () => {
    const checkpoints = memoryCheckpoints()
    const reading = readOnce(listSource({ a: numbers(8), b: numbers(8) }), {
      checkpoints,
      onBatch: async (records, { partition }) => {
        if (partition.id === 'a' && textsOf(records).includes('4')) throw new Error('4 is not well')
      },
    })
    await expect(reading).rejects.toThrow(new RecordError('a', '4', new Error('4 is not well')))
    expect(await checkpoints.get('a')).toMatchObject({ position: '3', finished: false })
  })

  it('is tried whole until its target takes it again, and no record is given up for that', async () => {
    const tries: string[] = []
    const { given } = await readOnce(listSource({ a: numbers(6) }), {
      maxAttempts: 1,
      onBatch: async (records) => {
        tries.push(textsOf(records).join(''))
        if (tries.length < 6) throw new TargetError('The queue is throttled.', { retryable: true })
      },
      onFailure: () => Promise.reject(new Error('no record failed')),
    })
    expect(given).toEqual({})
    expect(tries).toEqual([...Array.from({ length: 6 }, () => '012'), '345'])
  })

  it.each([
    ['refuses for good', { retryable: false }, 300_000],
    ['takes nothing for longer than there is patience', { retryable: true }, 50],
  ])('ends the reading when its target %s, and no record is given up for that', async (_, { retryable }, patience) => {
    const checkpoints = memoryCheckpoints()
    const refused = new TargetError('The queue is gone.', { retryable })
    const reading = readOnce(listSource({ a: numbers(6) }), {
      checkpoints,
      patience,
      onBatch: async (records) => {
        if (textsOf(records).includes('4')) throw refused
      },
      onFailure: () => Promise.reject(new Error('no record failed')),
    })
    await expect(reading).rejects.toBe(refused)
    expect(await checkpoints.get('a')).toMatchObject({ position: '2', finished: false })
  })

  it('is not quoted by the error that ends the reading, whatever its own error quotes', async () => {
    const reading = readOnce(listSource({ a: ['secret text'] }), {
      onBatch: async ([record]) => record && JSON.parse(textOf(record)),
    })
    await expect(reading).rejects.toThrow(
      'The record at 0 of a fails (SyntaxError), and there is no onFailure to give it to.',
    )
  })

  it('is not split, and nothing of it given up, when the reading was ended while it was done', async () => {
    const ending = new AbortController()
    const failures: unknown[] = []
    const checkpoints = memoryCheckpoints()
    await readOnce(listSource({ a: numbers(3) }), {
      checkpoints,
      signal: ending.signal,
      onBatch: async (_, { signal }) => {
        ending.abort(new Error('enough'))
        signal.throwIfAborted()
      },
      onFailure: async (failure) => void failures.push(failure),
    })
    expect(failures).toEqual([])
    expect(await checkpoints.get('a')).toMatchObject({ position: undefined, finished: false })
  })
})

describe('What was read in part when it was replaced', () => {
  /** A source of what `orders` is now, which was something else before. */
  const replaced = (lists: Lists, find?: ListSource['find']): ListSource => ({
    ...listSource(lists),
    async *partitions() {
      for (const id of Object.keys(lists)) if (id !== 'old') yield { id, after: [], of: 'orders' }
    },
    ...(find && { find }),
  })

  async function readInPart(): Promise<Checkpoints> {
    const checkpoints = memoryCheckpoints()
    const ending = new AbortController()
    const source = listSource({ old: numbers(9, 'old') })
    source.partitions = async function* () {
      yield { id: 'old', after: [], of: 'orders' }
    }
    await readOnce(source, { checkpoints, signal: ending.signal, onProgress: () => ending.abort() })
    return checkpoints
  }

  it('is gone on with first, where it is there', async () => {
    const checkpoints = await readInPart()
    const source = replaced({ old: numbers(9, 'old'), new: ['x'] }, async () => ({
      id: 'old',
      after: [],
      of: 'orders',
    }))
    expect((await readOnce(source, { checkpoints })).given).toEqual({ old: numbers(9, 'old').slice(3), new: ['x'] })
    expect((await readOnce(source, { checkpoints })).given).toEqual({})
  })

  it('fails, once, where it is not, and what has come in its place is read', async () => {
    const checkpoints = await readInPart()
    const failures: unknown[] = []
    const onFailure: ReadOptions['onFailure'] = async ({ record }) => void failures.push(record)
    const read = () => readOnce(replaced({ new: ['x'] }), { checkpoints, onFailure })
    expect((await read()).given).toEqual({ new: ['x'] })
    expect(failures).toMatchObject([{ fault: 'old is not there any more, and was read up to 2 only', isRest: true }])
    expect((await read()).given).toEqual({})
    expect((await readOnce(replaced({ newer: ['y'] }), { checkpoints, onFailure })).given).toEqual({ newer: ['y'] })
    expect(failures).toHaveLength(1)
  })
})

describe('A reading that is told to end', () => {
  it('ends without an error, also where it was asking for a checkpoint, and that is not answered any more', async () => {
    const end = new AbortController()
    const memory = memoryCheckpoints()
    const checkpoints: Checkpoints = {
      ...memory,
      async claim() {
        end.abort()
        throw end.signal.reason
      },
    }
    const { summary } = await readOnce(listSource({ a: ['1'] }), { checkpoints, signal: end.signal })
    expect(summary).toEqual({ finished: 0, 'caught up': 0, held: 0 })
  })

  afterEach(() => void vi.useRealTimers())

  it('does not wait for ever for a commit that nobody answers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const ending = new AbortController()
    const unanswered = Promise.withResolvers<never>()
    const commit = async () => {
      ending.abort()
      return unanswered.promise
    }
    const reading = readOnce(listSource({ a: numbers(6) }), {
      checkpoints: { ...memoryCheckpoints(), commit },
      signal: ending.signal,
    })
    await vi.waitUntil(() => ending.signal.aborted)
    const ended = expect(reading).rejects.toThrow('what was done of a comes again (there was no answer in 5 seconds)')
    await vi.advanceTimersByTimeAsync(5_000)
    await ended
  })
})

describe('A partition that another reader has', () => {
  it('is free when that has given it back, also where its claim was being renewed just then', async () => {
    const checkpoints = memoryCheckpoints()
    const source = listSource({ a: ['1'] })
    source.open.add('a')
    let renewals = 0
    const slowly: Checkpoints = {
      ...checkpoints,
      async commit(claim, lease, position) {
        if (position === undefined) {
          renewals += 1
          await sleep(100)
        }
        await checkpoints.commit(claim, lease, position)
      },
    }
    const onBatch = async () => {
      while (renewals === 0) await sleep(1)
    }
    await readOnce(source, { checkpoints: slowly, lease: 900, onBatch })
    await sleep(150)
    expect(await checkpoints.get('a')).toMatchObject({ position: '0', claimed: false })
  })

  it('is left to it', async () => {
    const checkpoints = memoryCheckpoints()
    await checkpoints.claim('a', 60_000)
    const { given, summary } = await readOnce(listSource({ a: ['1'], b: ['2'] }), { checkpoints })
    expect({ given, summary }).toEqual({ given: { b: ['2'] }, summary: { finished: 1, 'caught up': 0, held: 1 } })
  })

  it('because this reader had stalled, is not moved by what this one did', async () => {
    const checkpoints = memoryCheckpoints()
    const reading = readOnce(listSource({ a: numbers(9) }), {
      checkpoints: unrenewed(checkpoints),
      lease: 10,
      onBatch: async () => {
        await sleep(20)
        const stolen = await checkpoints.claim('a', 60_000)
        if (stolen) await checkpoints.commit(stolen, 60_000, '7')
      },
    })
    await expect(reading).rejects.toThrow(ClaimLostError)
    expect(await checkpoints.get('a')).toMatchObject({ position: '7', finished: false })
  })
})

async function* none(): AsyncGenerator<Partition> {}

/** That of each partition remember nothing: only what `read` itself remembers keeps it from reading again. */
const forgetful = (): Checkpoints => ({
  ...memoryCheckpoints(),
  get: async () => undefined,
  claim: async (partition) => ({ partition, epoch: 1, finished: false }),
  commit: async () => {},
  finish: async () => {},
})

const gone = new WeakSet<Checkpoints>()

/** From now on nothing is written to these, as by a process that was killed. */
function vanish(checkpoints: Checkpoints): void {
  gone.add(checkpoints)
  const never = () => new Promise<never>(() => {})
  originals.set(checkpoints, { ...checkpoints })
  Object.assign(checkpoints, { commit: never, finish: never, release: never })
}

const originals = new WeakMap<Checkpoints, Checkpoints>()
const revived = (checkpoints: Checkpoints): Checkpoints => originals.get(checkpoints) ?? checkpoints

/** Without the commits of nothing that keep a claim, as of a process that stands still. */
const unrenewed = (checkpoints: Checkpoints): Checkpoints => ({
  ...checkpoints,
  commit: async (claim, lease, position) => {
    if (position !== undefined) await checkpoints.commit(claim, lease, position)
  },
})

it.each([
  [{ start: 'yesterday' }, 'start must be "earliest", "latest" or a date'],
  [{ lease: 0 }, 'lease must be 1 or more'],
  [{ commitBytes: -1 }, 'commitBytes must be 0 or more'],
  [{ source: {} }, 'source must be a source'],
  [{ onBatch: undefined }, 'onBatch'],
  [{ bogus: 1 }, 'bogus'],
])('read refuses the options %j', async (options, sentence) => {
  const reading = readOnce(listSource({}), options as never)
  await expect(reading).rejects.toThrow(sentence)
})
