import { secret } from '@causeway-aws/auth'
import { UsageError } from './exit.ts'

/**
 * The parameters of a template from `Name=value` words and `Name=reference` words.
 * A reference (`env:NAME`, `file:PATH`) is looked up here, so that a secret is never on a command line, which every process of the machine can read.
 */
export async function parseParameters(values: string[], references: string[]): Promise<Record<string, string>> {
  const parameters: Record<string, string> = {}
  for (const word of values) {
    const [name, value] = split('--parameter', word)
    add('--parameter', parameters, name, value)
  }
  for (const word of references) {
    const [name, reference] = split('--parameter-from', word)
    add('--parameter-from', parameters, name, await secret(reference).value())
  }
  return parameters
}

function split(flag: string, word: string): [name: string, rest: string] {
  const separator = word.indexOf('=')
  if (separator < 1)
    throw new UsageError(`${flag}: expected Name=…, got a word without a name. Example: ${flag} EdgeName=orders`)
  return [word.slice(0, separator), word.slice(separator + 1)]
}

function add(flag: string, parameters: Record<string, string>, name: string, value: string): void {
  if (Object.hasOwn(parameters, name)) throw new UsageError(`${flag}: ${name} is given twice.`)
  parameters[name] = value
}
