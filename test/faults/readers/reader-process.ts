import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClaimLostError, SourceError, TargetError } from '@causeway-aws/readers'

/** A reader that is a process of its own, and is begun again when it has lost a claim, or is not let in. */
export interface ReaderProcess extends AsyncDisposable {
  readonly pid: number | undefined
  /** How often it ended because another reader had claimed a partition. */
  readonly claimsLost: number
  /** Ends it at once, as a kernel does that is out of memory, and begins it again. */
  kill(): Promise<void>
  stall(): void
  goOn(): void
  /** Ends it in good order. */
  end(): Promise<void>
}

const claimLost = 3
const notLetIn = 4

/** What such a process does: reads, and says by its end why it did not go on. */
export async function untilOver(read: () => Promise<unknown>): Promise<void> {
  try {
    await read()
  } catch (error) {
    if (error instanceof ClaimLostError) process.exit(claimLost)
    if (error instanceof SourceError || error instanceof TargetError) {
      process.stderr.write(`${process.pid}: ${error.message}\n`)
      process.exit(notLetIn)
    }
    throw error
  }
}

/** Runs a script of this folder, which is told what to read. */
export function readerProcess(script: string, reading: object, env: NodeJS.ProcessEnv): ReaderProcess {
  let child: ChildProcess
  let ended: Promise<unknown>
  let claimsLost = 0
  let isEnding = false

  function begin(): void {
    const started = spawn(
      process.execPath,
      ['--conditions=causeway-source', join(import.meta.dirname, script), JSON.stringify(reading)],
      { env, stdio: ['ignore', 'inherit', 'inherit'] },
    )
    child = started
    ended = once(started, 'exit').then(async ([code, signal]) => {
      if (code === claimLost) claimsLost += 1
      const mayGoOn = signal === 'SIGKILL' || code === claimLost || code === notLetIn
      if (code === notLetIn) await sleep(500)
      if (mayGoOn && !isEnding) begin()
      return code ?? signal
    })
  }

  begin()
  return {
    get pid() {
      return child.pid
    },
    get claimsLost() {
      return claimsLost
    },
    async kill() {
      const exit = once(child, 'exit')
      if (!child.kill('SIGKILL')) throw new Error('There was no reader to kill.')
      await exit
    },
    stall: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    async end() {
      isEnding = true
      child.kill('SIGTERM')
      const end = await ended
      // A process that has only begun does not listen yet.
      if (end !== 0 && end !== 'SIGTERM') throw new Error(`The reader ended with ${end}.`)
    },
    async [Symbol.asyncDispose]() {
      isEnding = true
      child.kill('SIGKILL')
      await ended
    },
  }
}
