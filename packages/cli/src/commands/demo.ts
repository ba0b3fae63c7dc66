import { Command, Option } from 'commander'
import type { CommandContext } from '../command-context.ts'
import { exitCode, Finding } from '../exit.ts'
import { parsePort } from '../port.ts'

/** The names of the demo's flows; written out, as the flows are loaded when they run, not to print help. */
export const flowNames: readonly string[] = [
  'assumed-role',
  'own-role',
  'refusals',
  'delivered-twice',
  'large-body',
  'dead-letter',
  'on-record',
  'stream',
  'objects',
  'topic',
  'grant',
  'rotation',
  'app',
]

/** `causeway demo`: every flow, in the sandbox. */
export function demoCommand({ terminal, signal }: CommandContext): Command {
  return new Command('demo')
    .summary('see it all work, on this machine')
    .description(
      `Starts the sandbox, deploys our own templates into its two accounts and runs every flow: what should work, and what must be refused.
The sandbox stays up afterwards, to try things by hand. Exit code ${exitCode.failed} when anything was not as it should be.

Examples:
  $ causeway demo
  $ causeway demo --only refusals
  $ causeway demo --only stream objects topic`,
    )
    .addOption(new Option('--only <flow...>', 'run one flow, or some').choices(flowNames))
    .option('--port <number>', 'port of the sandbox, if it has to be started (default: 4566, or a free one)', parsePort)
    .option('--json', 'print one JSON document with a result per step')
    .action(async (options: { only?: readonly string[]; port?: number | 'free'; json?: boolean }) => {
      const { runDemo } = await import('../demo/run.ts')
      const asItShouldBe = await runDemo({ ...options, terminal, signal })
      if (!asItShouldBe) throw new Finding()
    })
}
