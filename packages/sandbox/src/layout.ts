import { join } from 'node:path'

/** Where a checkout keeps its sandbox: everything under `.causeway/sandbox`, which only its user can enter. */
export interface Layout {
  /** The checkout. */
  directory: string
  root: string
  venv: string
  /** Held while the sandbox is started, stopped or reset. */
  lockFile: string
  /** Which process serves, see server.ts. */
  recordFile: string
  logFile: string
  /** The administrators' keys. */
  keysFile: string
  /** MiniStack's state when it held the administrators and nothing else. */
  emptyState: string
  /** The state of a kept sandbox: read when it starts, written when it ends. */
  keptState: string
  /** Home and temporary folder of MiniStack and its functions, and the state of a sandbox that is not kept; emptied at every start. */
  scratch: string
}

export function layout(directory: string, venv: string): Layout {
  const root = join(directory, '.causeway', 'sandbox')
  return {
    directory,
    root,
    venv,
    lockFile: join(root, 'lock'),
    recordFile: join(root, 'server.json'),
    logFile: join(root, 'server.log'),
    keysFile: join(root, 'accounts', 'keys.json'),
    emptyState: join(root, 'accounts', 'state'),
    keptState: join(root, 'state'),
    scratch: join(root, 'scratch'),
  }
}
