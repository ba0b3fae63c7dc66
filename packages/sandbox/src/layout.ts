import { dirname, join } from 'node:path'

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
  /** Apache Kafka's jars, beside the virtual environment. */
  kafkaJars: string
  /** What the broker has; emptied at every start of the sandbox. */
  kafka: string
  kafkaRecordFile: string
  kafkaLogFile: string
  kafkaTls: string
  /** What clients of the broker have to trust; empty until there is one. */
  kafkaAuthorityFile: string
  /** That, and what this machine's Node is told to trust. */
  kafkaTrustedFile: string
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
    kafkaJars: join(dirname(venv), 'kafka'),
    kafka: join(root, 'kafka'),
    kafkaRecordFile: join(root, 'kafka', 'server.json'),
    kafkaLogFile: join(root, 'kafka', 'server.log'),
    kafkaTls: join(root, 'tls'),
    kafkaAuthorityFile: join(root, 'tls', 'ca.pem'),
    kafkaTrustedFile: join(root, 'tls', 'trusted.pem'),
  }
}
