import type { TestProject } from 'vitest/node'
// @boundaries-ignore how tests that are interrupted leave nothing behind
import { temporaryDirectory } from '../packages/sandbox/test/temporary-directory.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folders of the tests' sandboxes, one for each worker. */
    sandboxDirectories: readonly string[]
  }
}

/** Makes the folders; own-sandbox.ts starts the sandbox of a worker that has something to do. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folders = await Promise.all(Array.from({ length: project.config.maxWorkers }, temporaryDirectory))
  project.provide(
    'sandboxDirectories',
    folders.map(({ directory }) => directory),
  )
  return async () => void (await Promise.all(folders.map(({ dispose }) => dispose())))
}
