import { Command } from 'commander'
import { expect, it } from 'vitest'
import { helpText } from '../src/help-text.ts'

function helpOf(description: string): string {
  const command = new Command('x').description(description).configureHelp(helpText)
  return command.configureOutput({ getOutHelpWidth: () => 40 }).helpInformation()
}

it('wraps a paragraph once, wherever its lines end in the source', () => {
  const help = helpOf(
    'Takes every message off an edge, ten at a time, until\nthere is none.\n\nMessages that a node works on are not seen.',
  )
  expect(help).toContain(
    'Takes every message off an edge, ten at\na time, until there is none.\n\nMessages that a node works on are not\nseen.\n',
  )
})

it('leaves an example as it is, to be copied', () => {
  const example = `  $ causeway edge send answers.fifo "order 1001" \\\n      --type order --group customer-7 --json`
  expect(helpOf(`Sends.\n\nExamples:\n${example}`)).toContain(`\nExamples:\n${example}\n`)
})
