import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A file of one JSON value a line. */
export interface Journal extends AsyncDisposable {
  /** Resolves when the disk has it. */
  append(entry: object): Promise<void>
}

/** What a journal is made of when it is written anew. */
export interface Content {
  /** How many entries say all there is to say. */
  readonly size: number
  readonly entries: Iterable<object>
}

/**
 * Keeps a journal, which is written anew when most of it says nothing any more: a commit costs what it says, and not what
 * there is. What is appended while the disk works is written together.
 */
export async function openJournal(path: string, content: () => Content): Promise<Journal> {
  let file = await writeAnew(path, content().entries)
  let lines = content().size
  /** Whether a write has failed: what it left may be half a line. */
  let damaged = false
  let last: Promise<unknown> = Promise.resolve()
  let next: { readonly entries: object[]; readonly done: Promise<void> } | undefined

  async function write(entries: readonly object[]): Promise<void> {
    if (damaged || lines > 2 * content().size + 1_000) {
      const old = file
      file = await writeAnew(path, content().entries)
      lines = content().size
      damaged = false
      await old.close()
      return
    }
    damaged = true
    await file.appendFile(entries.map(lineOf).join(''))
    await file.datasync()
    lines += entries.length
    damaged = false
  }

  function begin(): NonNullable<typeof next> {
    const entries: object[] = []
    const done = last.then(() => {
      next = undefined
      return write(entries)
    })
    last = done.catch(() => {})
    return { entries, done }
  }

  return {
    append(entry) {
      next ??= begin()
      next.entries.push(entry)
      return next.done
    },
    async [Symbol.asyncDispose]() {
      await last
      await file.close()
    },
  }
}

/** Puts a new file in the place of the old, at once and whole, and answers it. */
async function writeAnew(path: string, entries: Iterable<object>): Promise<FileHandle> {
  const file = await open(`${path}.next`, 'w', 0o600)
  try {
    await file.writeFile(linesOf(entries))
    await file.sync()
    await rename(`${path}.next`, path)
    // The new name is on the disk when its folder is.
    await using folder = await open(dirname(path))
    await folder.sync()
    return file
  } catch (error) {
    await file.close()
    await rm(`${path}.next`, { force: true }).catch(() => {})
    throw error
  }
}

function* linesOf(entries: Iterable<object>): Generator<string> {
  for (const entry of entries) yield lineOf(entry)
}

const lineOf = (entry: object): string => `${JSON.stringify(entry)}\n`
