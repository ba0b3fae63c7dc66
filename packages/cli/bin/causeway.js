#!/usr/bin/env node
// Plain JavaScript that an older Node can read. In a checkout the command line runs from its sources, with the checkout's
// own Node, through the `causeway-source` export condition; installed from npm it runs from dist.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import * as nodeModule from 'node:module'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

const major = Number(process.versions.node.split('.')[0])
const checkoutNode = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url))
const args = process.argv.slice(2)

if (major >= 24) {
  // What is read and printed is dead at once. A young generation that grows to 16 MiB before it is looked through holds, of
  // an object that is read, 70 MB more of the network's buffers, and takes no less time.
  setFlagsFromString('--semi-space-growth-factor=1')
  nodeModule.enableCompileCache() // also of the sources without their types
  if (existsSync(new URL('../src/main.ts', import.meta.url))) {
    nodeModule.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'causeway-source'] }),
    })
  }
  const { main } = await import('@causeway-aws/cli')
  process.exitCode = await main(args)
  // Ended by a signal: what nobody reads of its output would keep it.
  if (process.exitCode > 128) process.exit()
} else if (existsSync(checkoutNode)) {
  const child = spawn(checkoutNode, [fileURLToPath(import.meta.url), ...args], { stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (status, signal) => {
    process.exitCode = status ?? 128 + constants.signals[signal]
  })
} else {
  process.stderr.write(`causeway needs Node 24 or newer; this is ${process.version}.\n`)
  process.exitCode = 2
}
