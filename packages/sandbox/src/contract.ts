/** One of the two accounts: `home` is 111111111111, `partner` is 222222222222. */
export type AccountName = 'home' | 'partner'

/** Options of {@link Sandbox.start}. */
export interface StartOptions {
  /** Port on 127.0.0.1. Default: the one that a running sandbox of this checkout has, else 4566. */
  port?: number
  /** Keep queues, stacks and functions over `stop` and `start`. Default false. */
  keep?: boolean
  /** Called with one line, without a line end, for each thing that is done. */
  onProgress?: (line: string) => void
}

/** A CloudFormation stack of one of the accounts. */
export interface StackStatus {
  account: AccountName
  name: string
  /** CloudFormation's stack status, e.g. `CREATE_COMPLETE`. */
  status: string
}

/** What {@link Sandbox.status} and {@link Sandbox.start} answer. */
export type SandboxStatus = { running: false } | RunningStatus

/** The status of a sandbox that answers. */
export interface RunningStatus {
  running: true
  port: number
  /** e.g. `http://127.0.0.1:4566`. */
  endpoint: string
  region: string
  pid: number
  /** Version of the emulator, e.g. `1.5.33`. */
  version: string
  /** Whether its state survives `stop`. */
  keep: boolean
  /** The server's log file. */
  logFile: string
  accounts: { name: AccountName; accountId: string; userArn: string }[]
  stacks: StackStatus[]
}

/** The administrator of one account: keys and where to use them. */
export interface SandboxCredentials {
  endpoint: string
  region: string
  accountId: string
  accessKeyId: string
  secretAccessKey: string
}

/** Options of {@link Sandbox.deploy}. */
export interface DeployOptions {
  /** Path of a SAM or CloudFormation template. */
  template: string
  account: AccountName
  /** Name of the stack. */
  stack: string
  /** Values of the template's parameters; the others take their defaults. */
  parameters?: Record<string, string>
  /** Called with one line, without a line end, for each resource that is made, changed, deleted or left out. */
  onProgress?: (line: string) => void
}

/** What {@link Sandbox.deploy} answers. */
export interface Deployment {
  outputs: Record<string, string>
  /** Logical ids of the resources that the emulator does not know and that were left out. */
  leftOut: string[]
  /** False when the stack was already so. */
  changed: boolean
}

/** Options of {@link Sandbox.logs}. */
export interface LogsOptions {
  account: AccountName
  /** Go on until `signal` aborts, also while the function has not run yet. Default false. */
  follow?: boolean
  /** Leave out lines before this moment. */
  since?: Date
  /** Ends the iteration without an error. */
  signal?: AbortSignal
}

/** One line of a function's log. */
export interface LogLine {
  timestamp: Date
  message: string
}

/** Two AWS accounts on this machine. */
export interface Sandbox {
  start(options?: StartOptions): Promise<RunningStatus>
  /** Answers whether one was running. */
  stop(): Promise<boolean>
  status(): Promise<SandboxStatus>
  /** Back to two empty accounts, with the same keys. */
  reset(): Promise<void>
  credentials(account: AccountName): Promise<SandboxCredentials>
  /** Variables for a process that is to work as the account's administrator; an empty string means that it must be unset. */
  environment(account: AccountName): Promise<Record<string, string>>
  deploy(options: DeployOptions): Promise<Deployment>
  logs(functionName: string, options: LogsOptions): AsyncIterable<LogLine>
}
