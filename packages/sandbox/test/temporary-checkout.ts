import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openSandbox, type Sandbox } from '@causeway-aws/sandbox'
import { test as base, type TestAPI } from 'vitest'
import { temporaryDirectory } from './temporary-directory.ts'

/** The environment that `node setup.mjs` makes. */
export const venv: string = fileURLToPath(new URL('../../../.venv/sandbox', import.meta.url))

export interface Checkout {
  directory: string
  port: number
  sandbox: Sandbox
}

/**
 * A folder and a port for a sandbox of one's own; `dispose` ends it and deletes the folder. As in a checkout, scripts
 * in it are modules unless something nearer says otherwise.
 */
export async function temporaryCheckout(): Promise<Checkout & { dispose: () => Promise<void> }> {
  const { directory, dispose } = await temporaryDirectory()
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  const sandbox = openSandbox({ directory, venv })
  return { directory, port: await freePort(), sandbox, dispose }
}

/** A test with a checkout of its own. */
export const test: TestAPI<{ checkout: Checkout }> = base.extend<{ checkout: Checkout }>({
  // biome-ignore lint/correctness/noEmptyPattern: Vitest reads from the pattern what a fixture needs.
  checkout: async ({}, use) => {
    const { dispose, ...checkout } = await temporaryCheckout()
    await use(checkout)
    await dispose()
  },
})

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
