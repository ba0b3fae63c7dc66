import { appendFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProcessorFactory } from '@causeway-aws/edge'

/** How a message fares in the node; its body is this as JSON. */
export interface Fate {
  readonly number: number
  /** How many of its runs fail: so many of the first, or each. */
  readonly failing: number | 'each'
  /** Whether they fail when what they sent was accepted, and not before they send. */
  readonly late: boolean
  /** How long a run takes, in milliseconds. */
  readonly takes: number
  /** The folder in which its runs are counted, which outlives the processes. */
  readonly runs: string
}

/** The hook of the nodes under faults: does with a message as the message says, and forwards it. */
export const process: ProcessorFactory =
  (targets) =>
  async (message, { send }) => {
    const { number, failing, late, takes, runs }: Fate = JSON.parse(message.body)
    const file = join(runs, `${number}`)
    await appendFile(file, '.')
    const { size: run } = await stat(file)
    const fails = failing === 'each' || run <= failing
    if (fails && !late) throw new Error('it fails before it sends')
    await sleep(takes)
    await Promise.all(targets.map((target) => send(target)))
    if (fails) throw new Error('it fails after it has sent')
  }
