import { readFile, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { CausewayError, parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { Checkpoints } from './checkpoints.ts'
import { LockUnreadableError, lockFile } from './file-lock.ts'
import { type Content, openJournal } from './journal.ts'
import { checkpointsIn, type Row } from './memory-checkpoints.ts'

/** Where checkpoints are kept. */
export interface FileCheckpointsOptions {
  /** The file, which is made if it is not there. Beside it lies `PATH.lock` while a process has it. */
  readonly path: string
  /** The source whose checkpoints these are: `name` of the {@link Source}. */
  readonly source: string
}

/** Checkpoints in a file, which another process may have once these are disposed of, or this process is gone. */
export interface FileCheckpoints extends Checkpoints, AsyncDisposable {}

/** A checkpoint file cannot be used. It is left as it is. */
export class CheckpointFileError extends CausewayError {
  /** Whether it is what it holds, positions of another source, or what is corrupt; or that it is no file that holds any. */
  readonly isOfContent: boolean

  constructor(sentence: string, { isOfContent = false, cause }: { isOfContent?: boolean; cause?: unknown } = {}) {
    super(sentence, { code: 'CheckpointFileError', cause })
    this.isOfContent = isOfContent
  }
}

const optionsSchema = v.strictObject({
  path: v.pipe(v.string('must be a string'), v.nonEmpty('must be the path of a file')),
  source: v.pipe(v.string('must be a string'), v.nonEmpty('must be the name of a source')),
})

const headSchema = v.strictObject({ checkpointsOf: v.string() })
const begunSchema = v.strictObject({ begun: v.pipe(v.string(), v.isoTimestamp()) })
const rowSchema = v.strictObject({
  partition: v.string(),
  position: v.optional(v.string()),
  finished: v.optional(v.literal(true)),
})

/**
 * Keeps checkpoints in a file, for one process at a time: a second one is refused as long as the first lives. The file is
 * a journal, one line of JSON for each commit, and is written anew, beside itself and then in its own place, when most of
 * it is old. What was committed is on the disk. In memory it takes some 300 bytes for each partition.
 *
 * @throws {InvalidOptions} naming the option.
 * @throws {CheckpointFileError} when another process has the file, it is of another source, or it is corrupt.
 *
 * @example
 * ```ts
 * import { fileCheckpoints, read, type Source } from '@causeway-aws/readers'
 *
 * export async function count(source: Source): Promise<number> {
 *   await using checkpoints = await fileCheckpoints({ path: 'orders.checkpoints', source: source.name })
 *   let count = 0
 *   await read({
 *     source,
 *     checkpoints,
 *     untilCaughtUp: true,
 *     onBatch: async (records) => {
 *       count += records.length
 *     },
 *   })
 *   return count
 * }
 * ```
 */
export async function fileCheckpoints(options: FileCheckpointsOptions): Promise<FileCheckpoints> {
  const parsed = parseOptions('fileCheckpoints', optionsSchema, options)
  const { source } = parsed
  await used(parsed.path, () => regularOrMissing(parsed.path))
  const path = await used(parsed.path, () => placeOf(parsed.path))
  await using undo = new AsyncDisposableStack()
  const lock = await used(path, () => lockFile(`${path}.lock`))
  if (!('holder' in lock)) {
    const { pid, host } = lock
    throw new CheckpointFileError(
      `Process ${pid} on ${host} reads by the checkpoint file ${path}; end it first or, when it is long gone, delete ${path}.lock.`,
    )
  }
  undo.use(lock)
  const kept = parse(path, await used(path, () => contentOf(path)), source)
  const { rows } = kept
  let { begun } = kept

  function* entries(): Generator<object> {
    yield { checkpointsOf: source } satisfies v.InferOutput<typeof headSchema>
    if (begun) yield { begun: begun.toISOString() }
    for (const [partition, row] of rows) if (isKept(row)) yield entryOf(partition, row)
  }
  const content = (): Content => ({ size: rows.size, entries: entries() })
  const journal = undo.use(await used(path, () => openJournal(path, content)))
  const append = (entry: object) => used(path, () => journal.append(entry))
  const memory = checkpointsIn(rows, begun)
  const end = undo.move()

  return {
    ...memory,
    async begun(now) {
      if (!begun) {
        begun = await memory.begun(now)
        await append({ begun: begun.toISOString() })
      }
      return begun
    },
    async commit(claim, lease, position) {
      await memory.commit(claim, lease, position)
      if (position !== undefined) await append({ partition: claim.partition, position })
    },
    async finish(claim) {
      await memory.finish(claim)
      await append({ partition: claim.partition, finished: true })
    },
    [Symbol.asyncDispose]: () => end.disposeAsync(),
  }
}

/** A row that was only ever claimed says nothing to the next process. */
const isKept = ({ position, finished }: Row): boolean => position !== undefined || finished

const entryOf = (partition: string, { position, finished }: Row): v.InferInput<typeof rowSchema> => ({
  partition,
  ...(position !== undefined && { position }),
  ...(finished && { finished }),
})

interface Kept {
  readonly rows: Map<string, Row>
  begun: Date | undefined
}

function parse(path: string, text: string | undefined, source: string): Kept {
  const kept: Kept = { rows: new Map(), begun: undefined }
  if (text === undefined) return kept
  const lines = text.split('\n')
  // What a process was killed at has no end, and was never committed.
  const unended = lines.pop()

  function take(line: string): void {
    const entry = v.parse(v.union([rowSchema, begunSchema]), JSON.parse(line))
    if ('begun' in entry) {
      kept.begun = new Date(entry.begun)
      return
    }
    const row = kept.rows.get(entry.partition) ?? { position: undefined, finished: false, epoch: 0, until: 0 }
    row.position = entry.position ?? row.position
    row.finished ||= entry.finished ?? false
    kept.rows.set(entry.partition, row)
  }

  for (const [index, line] of lines.entries()) {
    try {
      if (index > 0) take(line)
      else ofSource(path, v.parse(headSchema, JSON.parse(line)).checkpointsOf, source)
    } catch (error) {
      throw error instanceof CheckpointFileError ? error : corrupt(path, index + 1, error)
    }
  }
  if (lines.length === 0) throw corrupt(path, 1, new Error(`it begins with ${unended?.length} characters`))
  return kept
}

function ofSource(path: string, theirs: string, source: string): void {
  if (theirs === source) return
  throw new CheckpointFileError(
    `The checkpoint file ${path} has positions of another source, ${theirs}, and none of ${source}; give another file.`,
    { isOfContent: true },
  )
}

const corrupt = (path: string, line: number, cause: unknown): CheckpointFileError =>
  new CheckpointFileError(
    `The checkpoint file ${path} is corrupt at line ${line}, and was left as it is; restore it, or give another file to begin anew.`,
    { isOfContent: true, cause },
  )

/** Where the file is, or will be: what a link leads to is written anew, and not the link. */
async function placeOf(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const target = await readlink(path).catch(() => undefined)
  return target === undefined ? resolve(path) : placeOf(resolve(await realpath(dirname(path)), target))
}

/** What else has a path may have no end, or nothing to be kept in. */
async function regularOrMissing(path: string): Promise<void> {
  const found = await stat(path).catch(unlessMissing)
  if (!found || found.isFile()) return
  throw new CheckpointFileError(`${path} is no regular file, and cannot keep checkpoints; give another path.`, {
    isOfContent: true,
  })
}

async function contentOf(path: string): Promise<string | undefined> {
  return await readFile(path, 'utf8').catch(unlessMissing)
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}

/** Uses the file, and says which it was where that fails. */
async function used<Value>(path: string, use: () => Promise<Value>): Promise<Value> {
  try {
    return await use()
  } catch (error) {
    if (error instanceof CheckpointFileError) throw error
    if (error instanceof LockUnreadableError) {
      throw new CheckpointFileError(
        `${path}.lock does not say which process reads by the checkpoint file ${path}; delete it when none does.`,
        { cause: error },
      )
    }
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    const advice = code === 'ENOSPC' ? 'the disk is full' : 'see that its folder is there and may be written to'
    throw new CheckpointFileError(`The checkpoint file ${path} cannot be used: ${code}; ${advice}.`, { cause: error })
  }
}
