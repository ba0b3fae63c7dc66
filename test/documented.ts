import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root, sandboxDirectory, testSandbox } from './sandbox.ts'

/** The blocks of commands, and of what they print, in a text: what is indented. */
export const blocksOf = (text: string): string[] =>
  [...text.matchAll(/(?:^ {4}.*\n)+/gm)].map(([block]) => block.replaceAll(/^ {4}/gm, ''))

/** The blocks under a heading of a page. */
export async function blocksUnder(page: string, heading = 'Try it'): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8')
  const [, section = ''] = new RegExp(`^## ${heading}\\n([\\s\\S]*?)^## `, 'm').exec(text) ?? []
  return blocksOf(section)
}

/** Commands as a person types them in a checkout; only the sandbox's folder is the tests' own. */
export const here = (commands: string): string =>
  commands.replaceAll(/npx (causeway|node)/g, '$1').replaceAll('.causeway/', `${sandboxDirectory()}/.causeway/`)

/** What a page shows begins with two empty accounts, in which nothing is called as what it makes. */
export const emptyAccounts = (): Promise<void> => testSandbox().reset()
