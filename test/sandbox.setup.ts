import { join } from 'node:path'
import { openSandbox } from '@causeway-aws/sandbox'
import type { TestProject } from 'vitest/node'
// @boundaries-ignore how tests that are interrupted leave nothing behind
import { temporaryDirectory } from '../packages/sandbox/test/temporary-directory.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder of the tests' sandbox: `CAUSEWAY_DIRECTORY` for the command line. */
    sandboxDirectory: string
  }
}

export const root: string = join(import.meta.dirname, '..')

/** A sandbox of the tests' own, on a free port, so that one that a person has running is left alone. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { directory, dispose } = await temporaryDirectory()
  const sandbox = openSandbox({ directory, venv: join(root, '.venv/sandbox') })
  await sandbox.start({ port: 'free' })
  project.provide('sandboxDirectory', directory)
  return dispose
}
