import type { Sandbox } from './contract.ts'

/** Options of {@link openSandbox}. */
export interface SandboxOptions {
  /** The checkout: state is kept in `<directory>/.causeway`. */
  directory: string
  /** The virtual environment with MiniStack. Default `<directory>/.venv/sandbox`. */
  venv?: string
}

/** The sandbox of one checkout. */
export function openSandbox(options: SandboxOptions): Sandbox {
  throw new Error(`not there yet: ${options.directory}`)
}
