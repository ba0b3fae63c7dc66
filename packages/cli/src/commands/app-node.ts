import type { AppNode } from '@causeway-aws/grants/apps'
import { type Command, InvalidArgumentError, Option } from 'commander'

/** The flags that say what a program is told that starts as the node of an app. */
export interface AppNodeFlags {
  receives?: string
  sends?: string
  configuration?: Record<string, unknown>
}

/** Adds them to a command. */
export function addAppNodeOptions(command: Command): Command {
  return command
    .optionsGroup('What a program is told that starts as its node (a client of EchoStream):')
    .option('--receives <type>', 'type of the messages that it receives')
    .option('--sends <type>', 'type of the messages that it sends')
    .addOption(
      new Option('--configuration <json>', 'what it is configured by, a JSON object').argParser(parseConfiguration),
    )
}

/** What of it was said; undefined where nothing was. */
export function appNode({ receives, sends, configuration }: AppNodeFlags): AppNode | undefined {
  const node = { ...(receives && { receives }), ...(sends && { sends }), ...(configuration && { configuration }) }
  return Object.keys(node).length > 0 ? node : undefined
}

function parseConfiguration(text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return { ...parsed }
  } catch {
    // said below, as of any other that is no object
  }
  throw new InvalidArgumentError('Expected a JSON object.')
}
