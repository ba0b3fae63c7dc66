import { createInterface } from 'node:readline/promises'
import { UsageError } from '../exit.ts'
import { type Cluster, openCluster } from '../kafka-cluster.ts'
import { outputOf } from '../output-options.ts'
import { type PolledTopic, pollTopic } from '../polled-topic.ts'
import { formatRecords, type RecordOutput } from '../record-output.ts'
import type { Terminal } from '../terminal.ts'
import type { ShellFlags } from './kafka.ts'
import { showTopics, topicsOf } from './kafka-topics.ts'

interface ShellOptions extends ShellFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Keeps one consumer, and does with it what is typed. */
export async function runShell({ terminal, signal, ...flags }: ShellOptions): Promise<void> {
  const { client, reader } = await openCluster(flags)
  const groupId = flags.group ?? reader.grant.group
  if (groupId === undefined) throw new UsageError('--group: say in which consumer group. Example: --group causeway')
  const isTyped = process.stdin.isTTY === true
  const lines = createInterface({ input: process.stdin, ...(isTyped && { output: process.stderr }), signal })
  // A terminal's Ctrl-C comes here.
  lines.on('SIGINT', () => process.emit('SIGINT', 'SIGINT'))
  const shell = new Shell({ client, groupId, output: outputOf(flags), terminal, signal })
  lines.setPrompt('kafka> ')
  if (isTyped) terminal.note(help)
  if (isTyped) lines.prompt()
  try {
    for await (const line of lines) {
      if (line.trim() === 'quit') break
      await shell.run(line.trim()).catch((error: Error) => {
        // Nobody is there to try something else.
        if (!isTyped || signal.aborted) throw error
        terminal.note(error.message)
      })
      if (isTyped) lines.prompt()
    }
  } finally {
    lines.close()
    await shell.leave()
  }
}

const help = `topics             the topics that you may describe
subscribe TOPIC    read a topic, as a member of the group, on from what it has committed
assign TOPIC       the same, from its oldest records, whatever is committed
subscriptions      what is read
poll [SECONDS]     print what comes first within so many seconds (default: 5)
positions          of each partition the offset that comes next, and the one committed
commit             commit what was printed
quit               leave the group`

interface ShellContext {
  readonly client: Cluster['client']
  readonly groupId: string
  readonly output: RecordOutput
  readonly terminal: Terminal
  readonly signal: AbortSignal
}

class Shell {
  readonly #context: ShellContext
  #polled: PolledTopic | undefined

  constructor(context: ShellContext) {
    this.#context = context
  }

  /** Does what a line says. */
  async run(line: string): Promise<void> {
    const { client, terminal } = this.#context
    const [command = '', argument, ...rest] = line.split(/\s+/)
    if (rest.length > 0) throw new UsageError(`${command}: that is too many words; help lists the commands.`)
    if (command === '' || command === 'help') return command === '' ? undefined : terminal.note(help)
    if (command === 'topics') return showTopics(await topicsOf(client), terminal)
    if (command === 'subscribe' || command === 'assign') return this.#subscribe(argument, command === 'assign')
    if (command === 'subscriptions') return this.#polled ? terminal.print(this.#polled.topic) : terminal.note('None.')
    if (command === 'poll') return this.#poll(argument)
    if (command === 'positions') return this.#positions()
    if (command === 'commit') return this.#commit()
    throw new UsageError(`There is no command ${command}; help lists them.`)
  }

  /** Leaves the group. */
  async leave(): Promise<void> {
    await this.#polled?.[Symbol.asyncDispose]()
    this.#polled = undefined
  }

  async #subscribe(topic: string | undefined, fromEarliest: boolean): Promise<void> {
    const { client, groupId, terminal, signal } = this.#context
    if (topic === undefined) throw new UsageError('Say which topic: subscribe orders')
    await this.leave()
    const polled = pollTopic({ client, topic, groupId, fromEarliest })
    try {
      const positions = await polled.positions(signal)
      this.#polled = polled
      terminal.note(
        `${topic}: ${positions.length} ${positions.length === 1 ? 'partition' : 'partitions'} in ${groupId}`,
      )
    } catch (error) {
      await polled[Symbol.asyncDispose]()
      throw error
    }
  }

  async #poll(seconds = '5'): Promise<void> {
    const { output, terminal, signal } = this.#context
    if (!(Number(seconds) > 0)) throw new UsageError('poll: expected seconds, a number over 0.')
    const polled = await this.#topic().poll(Number(seconds) * 1_000, signal)
    for (const { partition, records } of polled) terminal.write(formatRecords(records, partition, output, terminal))
    // A commit that comes next would be of what nobody has.
    if (!(await terminal.written())) throw new Error('Standard output cannot be written.')
    const count = polled.reduce((sum, { records }) => sum + records.length, 0)
    terminal.note(`${count} ${count === 1 ? 'record' : 'records'}`)
  }

  async #positions(): Promise<void> {
    const { terminal, signal } = this.#context
    for (const { partition, next, committed } of await this.#topic().positions(signal)) {
      terminal.print(`${partition}  next ${next ?? '-'}  committed ${committed ?? '-'}`)
    }
  }

  async #commit(): Promise<void> {
    const count = await this.#topic().commit()
    this.#context.terminal.note(`Committed ${count} ${count === 1 ? 'partition' : 'partitions'}.`)
  }

  #topic(): PolledTopic {
    if (!this.#polled) throw new UsageError('Nothing is subscribed to; say: subscribe orders')
    return this.#polled
  }
}
