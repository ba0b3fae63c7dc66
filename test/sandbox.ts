import { join } from 'node:path'
import { openSandbox, type Sandbox } from '@causeway-aws/sandbox'
import { inject } from 'vitest'

/** The checkout under test. */
export const root: string = join(import.meta.dirname, '..')

/** The sandbox that sandbox.setup.ts started. */
export const testSandbox = (): Sandbox =>
  openSandbox({ directory: inject('sandboxDirectory'), venv: join(root, '.venv/sandbox') })
