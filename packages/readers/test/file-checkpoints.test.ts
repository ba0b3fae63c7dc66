import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CheckpointFileError, type Checkpoints, type FileCheckpoints, fileCheckpoints } from '../src/index.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-'))
  path = join(folder, 'orders.checkpoints')
})
afterEach(() => rm(folder, { recursive: true }))

const lease = 60_000
const opened = (source = 'orders') => fileCheckpoints({ path, source })

/** What one process does with the file and then gives it back. */
async function inOneProcess<Value>(use: (checkpoints: FileCheckpoints) => Promise<Value>): Promise<Value> {
  await using checkpoints = await opened()
  return await use(checkpoints)
}

async function commit(checkpoints: Checkpoints, partition: string, ...positions: string[]): Promise<void> {
  const claim = await checkpoints.claim(partition, lease)
  if (!claim) throw new Error(`another has ${partition}`)
  for (const position of positions) await checkpoints.commit(claim, lease, position)
}

describe('A checkpoint file', () => {
  it('has for the next process what was committed, and what nobody committed is not in it', async () => {
    const begun = new Date('2026-01-22T09:30:00.123Z')
    await inOneProcess(async (checkpoints) => {
      await checkpoints.begun(begun)
      await commit(checkpoints, 'a', '1', '2')
      const claim = await checkpoints.claim('b', lease)
      if (claim) await checkpoints.finish(claim)
      await checkpoints.claim('c', lease)
    })
    await inOneProcess(async (checkpoints) => {
      expect(await checkpoints.begun(new Date())).toEqual(begun)
      expect(await checkpoints.get('a')).toMatchObject({ position: '2', finished: false })
      expect(await checkpoints.get('b')).toMatchObject({ position: undefined, finished: true })
      expect(await checkpoints.get('c')).toBeUndefined()
      await commit(checkpoints, 'a', '3')
    })
    expect(await readdir(folder)).toEqual(['orders.checkpoints'])
    expect((await stat(path)).mode & 0o777).toBe(0o600)
  })

  it('is not in the way of what many partitions commit at once, and does not grow with what was committed', async () => {
    const partitions = Array.from({ length: 200 }, (_, index) => `object ${index}`)
    const positions = Array.from({ length: 50 }, (_, index) => `${index}`)
    await inOneProcess((checkpoints) => Promise.all(partitions.map((id) => commit(checkpoints, id, ...positions))))
    expect((await readFile(path, 'utf8')).split('\n').length).toBeLessThan(3_000)
    await inOneProcess(async (checkpoints) => {
      for (const id of partitions) expect(await checkpoints.get(id)).toMatchObject({ position: '49', finished: false })
    })
  })

  it('is without the line that a process was killed at, and takes the next', async () => {
    await inOneProcess((checkpoints) => commit(checkpoints, 'a', '1', '2'))
    await appendFile(path, '{"partition":"a","posi')
    await inOneProcess((checkpoints) => commit(checkpoints, 'b', '7'))
    await inOneProcess(async (checkpoints) => {
      expect(await checkpoints.get('a')).toMatchObject({ position: '2' })
      expect(await checkpoints.get('b')).toMatchObject({ position: '7' })
    })
  })

  it.each([
    ['', 1],
    ['nonsense', 1],
    ['{"checkpointsOf":"orders"}\n{"partition":"a","position":7}\n', 2],
    [
      '{"checkpointsOf":"orders"}\n{"partition":"a","position":"7"}\n\u0000\u0000\n{"partition":"b","finished":true}\n',
      3,
    ],
  ])('that is corrupt (%j) is said to be so, with the line, and left as it is', async (content, line) => {
    await writeFile(path, content)
    await expect(opened()).rejects.toThrow(
      `The checkpoint file ${path} is corrupt at line ${line}, and was left as it is; restore it, or give another file to begin anew.`,
    )
    expect(await readFile(path, 'utf8')).toBe(content)
    expect(await readdir(folder)).toEqual(['orders.checkpoints'])
  })

  it('of another source is refused, and left as it is', async () => {
    await inOneProcess((checkpoints) => commit(checkpoints, 'a', '1'))
    const content = await readFile(path, 'utf8')
    await expect(opened('invoices')).rejects.toThrow(
      `The checkpoint file ${path} has positions of another source, orders, and none of invoices; give another file.`,
    )
    expect(await readFile(path, 'utf8')).toBe(content)
  })

  it('that a link leads to is where it leads', async () => {
    await inOneProcess((checkpoints) => commit(checkpoints, 'a', '1'))
    const link = join(folder, 'link')
    await symlink(path, link)
    {
      await using checkpoints = await fileCheckpoints({ path: link, source: 'orders' })
      await commit(checkpoints, 'a', '2')
    }
    expect(await inOneProcess((checkpoints) => checkpoints.get('a'))).toMatchObject({ position: '2' })
    expect(await readlink(link)).toBe(path)
  })

  it('that a link leads to is made where it leads, by however many links, and through a folder that is one', async () => {
    await mkdir(join(folder, 'shared', 'kept'), { recursive: true })
    await symlink(join('shared', 'kept'), join(folder, 'near'))
    await symlink(join('..', 'next'), join(folder, 'shared', 'kept', 'link'))
    await symlink('orders', join(folder, 'shared', 'next'))
    {
      await using checkpoints = await fileCheckpoints({ path: join(folder, 'near', 'link'), source: 'orders' })
      await commit(checkpoints, 'a', '1')
    }
    expect(await readdir(join(folder, 'shared'))).toEqual(['kept', 'next', 'orders'])
    expect(await readFile(join(folder, 'near', 'link'), 'utf8')).toContain('{"partition":"a","position":"1"}')
    expect(await readlink(join(folder, 'shared', 'kept', 'link'))).toBe(join('..', 'next'))
  })

  it('that is a link to itself is named, and left', async () => {
    await symlink('orders.checkpoints', path)
    await expect(opened()).rejects.toThrow(`The checkpoint file ${path} cannot be used: ELOOP`)
    expect(await readlink(path)).toBe('orders.checkpoints')
  })

  it.each([
    ['a folder', async () => void (await mkdir(path))],
    ['a device', () => symlink('/dev/null', path)],
    ['a pipe', async () => void (await promisify(execFile)('mkfifo', [path]))],
  ])('that is %s is refused, and left', async (_, make) => {
    await make()
    const error = await opened().catch((error) => error)
    expect(error.message).toMatch(/ is no regular file, and cannot keep checkpoints; give another path\.$/)
    expect(error).toMatchObject({ code: 'CheckpointFileError', isOfContent: true })
    expect(await readdir(folder)).toEqual(['orders.checkpoints'])
  })

  it('that cannot be written whole leaves nothing beside it', async () => {
    const program = `
      const { fileCheckpoints } = await import(${JSON.stringify(new URL('../src/file-checkpoints.ts', import.meta.url).href)})
      await fileCheckpoints({ path: ${JSON.stringify(path)}, source: 'o'.repeat(600) }).catch((error) => console.log(error.message))`
    // In blocks of 512 bytes.
    const limited = 'ulimit -f 1; exec "$0" --conditions=causeway-source --input-type=module --eval "$1"'
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', limited, process.execPath, program])
    expect(stdout).toMatch(/^The checkpoint file .* cannot be used: EFBIG/)
    expect(await readdir(folder)).toEqual([])
  })

  it('that cannot be made is named', async () => {
    const nowhere = join(folder, 'nowhere', 'orders')
    await expect(fileCheckpoints({ path: nowhere, source: 'orders' })).rejects.toThrow(
      `The checkpoint file ${nowhere} cannot be used: ENOENT`,
    )
  })

  it.each(['', '{"id":', '{"pid":7}'])(
    'with a lock that says nothing of who has it (%j) is left, and named',
    async (text) => {
      await (text === '' ? writeFile(`${path}.lock`, text) : symlink(text, `${path}.lock`))
      await expect(opened()).rejects.toThrow(
        `${path}.lock does not say which process reads by the checkpoint file ${path}; delete it when none does.`,
      )
      expect(await readdir(folder)).toEqual(['orders.checkpoints.lock'])
    },
  )

  it.each([
    [{ path: '' }, 'path must be the path of a file'],
    [{ source: '' }, 'source must be the name of a source'],
    [{ bogus: 1 }, 'bogus'],
  ])('is refused with the options %j', async (options, sentence) => {
    await expect(fileCheckpoints({ path, source: 'orders', ...options })).rejects.toThrow(sentence)
  })
})

describe('A checkpoint file that a process has', () => {
  it('is refused to another reader in it, until it is given back', async () => {
    const first = await opened()
    await expect(opened()).rejects.toThrow(CheckpointFileError)
    await first[Symbol.asyncDispose]()
    await inOneProcess((checkpoints) => commit(checkpoints, 'a', '1'))
  })

  it('is refused to another process while it lives, and taken over by one of many when it was killed', async () => {
    const process = await openedElsewhere()
    const sentence = `Process ${process.pid} on ${hostname()} reads by the checkpoint file ${path}; end it first`
    await expect(opened()).rejects.toThrow(sentence)
    process.kill('SIGKILL')
    await once(process, 'exit')
    const openings = await Promise.allSettled(Array.from({ length: 20 }, () => opened()))
    const taken = openings.filter(({ status }) => status === 'fulfilled')
    expect(taken).toHaveLength(1)
    await (taken[0] as PromiseFulfilledResult<FileCheckpoints>).value[Symbol.asyncDispose]()
    expect(await readdir(folder)).toEqual(['orders.checkpoints'])
  })

  it('has nothing beside it, once it is given back, of processes that were killed as they took it', async () => {
    for (let time = 0; time < 5; time += 1) {
      const process = await openedElsewhere({ again: true })
      await sleep(20 * time)
      process.kill('SIGKILL')
      await once(process, 'exit')
    }
    await inOneProcess((checkpoints) => commit(checkpoints, 'a', '1'))
    expect(await readdir(folder)).toEqual(['orders.checkpoints'])
  })
})

describe('A checkpoint file whose process is gone, and its number is another process by now,', () => {
  const lockOf = (holder: object) =>
    symlink(JSON.stringify({ id: 'gone', host: hostname(), pid: process.ppid, ...holder }), `${path}.lock`)

  it.runIf(process.platform === 'linux').each([
    ['began at another time', (_: string, boot: string) => `1 ${boot}`],
    ['began after the machine was started again', (ticks: string) => `${ticks} 00000000-0000-0000-0000-000000000000`],
  ])('is taken over, since that %s', async (_, beganAs) => {
    await lockOf({ began: beganAs(await ticksOf(process.ppid), await bootId()) })
    await inOneProcess((checkpoints) => commit(checkpoints, 'a', '1'))
    expect(await readdir(folder)).toEqual(['orders.checkpoints'])
  })

  it.runIf(process.platform === 'linux')('is taken over where nobody has asked yet how it ended', async () => {
    const heedless = spawn('/bin/sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const [output] = await once(heedless.stdout, 'data')
      const pid = Number(output)
      await vi.waitFor(async () => expect(await readFile(`/proc/${pid}/stat`, 'utf8')).toContain(') Z '), 10_000)
      for (const holder of [{ pid }, { pid, began: `${await ticksOf(pid)} ${await bootId()}` }]) {
        await lockOf(holder)
        await inOneProcess((checkpoints) => commit(checkpoints, 'a', '1'))
      }
    } finally {
      heedless.kill()
    }
  })

  it.runIf(process.platform === 'linux')('is refused where it is the same process', async () => {
    await lockOf({ began: `${await ticksOf(process.ppid)} ${await bootId()}` })
    await expect(opened()).rejects.toThrow(CheckpointFileError)
  })

  it('is refused where nobody knows when that began', async () => {
    await lockOf({})
    await expect(opened()).rejects.toThrow(`end it first or, when it is long gone, delete ${path}.lock.`)
  })
})

const bootId = async () => (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
/** Fields are counted from 1, and the second ends with the last parenthesis. */
const ticksOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ').at(-1)?.split(' ')[22 - 3] ?? ''

/** A process that has the file or, as it is `again` and again, just has taken it or given it back. */
async function openedElsewhere({ again = false } = {}): Promise<ChildProcess> {
  const script = `
    import { fileCheckpoints } from '@causeway-aws/readers'
    const opened = () => fileCheckpoints({ path: process.argv[1], source: 'orders' })
    const first = await opened()
    process.stdout.write('opened')
    setInterval(() => {}, 1_000)
    if (${again}) for (let last = first; ; last = await opened()) await last[Symbol.asyncDispose]()`
  const args = ['--conditions=causeway-source', '--input-type=module', '--eval', script, path]
  const child = spawn(process.execPath, args, { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  return child
}
