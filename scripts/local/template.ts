import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { LocalError } from './command.ts'

/** The template in infra/ that deploys a function, and the function's id in it. */
export function templateOf(root: string, name: string): { template: string; id: string } {
  for (const file of globSync('infra/*.yaml', { cwd: root })) {
    const template = join(root, file)
    const resources = readFileSync(template, 'utf8').split(/^(?= {2}\w+:$)/m)
    const resource = resources.find((text) => text.includes(`CodeUri: ../functions/${name}/dist\n`))
    const id = resource?.match(/\w+/)?.[0]
    if (id !== undefined) return { template, id }
  }
  throw new LocalError(`No template in infra/ has CodeUri: ../functions/${name}/dist, so there is nothing to invoke.`)
}
