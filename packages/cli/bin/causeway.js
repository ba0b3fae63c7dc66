#!/usr/bin/env node
// In a checkout the command line runs from its sources, through the `causeway-source` export condition; installed from npm it runs from dist.
import { existsSync } from 'node:fs'
import { enableCompileCache, registerHooks } from 'node:module'

enableCompileCache() // also of the sources without their types
if (existsSync(new URL('../src/main.ts', import.meta.url))) {
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, { ...context, conditions: [...context.conditions, 'causeway-source'] }),
  })
}
const { main } = await import('@causeway-aws/cli')
process.exitCode = await main(process.argv.slice(2))
