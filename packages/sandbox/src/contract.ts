/** One of the two accounts: `home` is 111111111111, `partner` is 222222222222. */
export type AccountName = 'home' | 'partner'

/** Options of {@link Sandbox.start}. */
export interface StartOptions {
  /** Port on 127.0.0.1, or any that is free. Default: the one that a running sandbox of this checkout has, else 4566. */
  port?: number | 'free'
  /** Keep stacks, queues and objects over `stop` and the next `start` with `keep`. Default false: begin with empty accounts. */
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
  /** The partner's cluster, if its broker runs. */
  kafka?: KafkaCluster
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
  /**
   * Makes the bundle in the folder of a `CodeUri` anew, before it is read, and answers whether it did. Where it answers
   * false, and by default, what is there is deployed, and one that is older than its sources is a line of `onProgress`.
   */
  build?: (folder: string) => Promise<boolean>
  /** Called with one line, without a line end, for each resource that is made, changed, deleted or left out, and each outdated bundle. */
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

/** What {@link Sandbox.kafka} answers: a cluster of Amazon MSK with IAM access control, in the account partner. */
export interface KafkaCluster {
  clusterArn: string
  /** As GetBootstrapBrokers answers them, e.g. `['localhost:34567']`. They speak SASL_SSL with OAUTHBEARER only. */
  brokers: string[]
  /** PEM file of who signed their certificates. The sandbox's functions trust it. */
  certificateAuthority: string
  /** The broker's process. */
  pid: number
  logFile: string
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

/**
 * Two AWS accounts on this machine, in an emulator (MiniStack) whose access control is switched on: signatures, policies, sessions,
 * ExternalIds and queue policies are enforced as AWS does.
 *
 * Every method rejects with a {@link CausewayError} of this package whose message is for the person at the terminal.
 *
 * @example
 * ```ts
 * import { openSandbox } from '@causeway-aws/sandbox'
 *
 * const sandbox = openSandbox({ directory: process.cwd() })
 * await sandbox.start()
 * const { outputs } = await sandbox.deploy({
 *   template: 'infra/edge.yaml',
 *   account: 'home',
 *   stack: 'orders',
 *   parameters: { EdgeName: 'orders', MessageType: 'order', PartnerAccountId: '222222222222' },
 *   onProgress: (line) => process.stdout.write(`${line}\n`),
 * })
 * for await (const { timestamp, message } of sandbox.logs(outputs.FunctionName ?? '', { account: 'home' })) {
 *   process.stdout.write(`${timestamp.toISOString()} ${message}\n`)
 * }
 * ```
 */
export interface Sandbox {
  /**
   * Starts the emulator in the background, where it stays after this process; when it runs already, nothing happens.
   * It listens on 127.0.0.1 only, and its functions see nothing of this process's environment.
   *
   * @throws PortTaken when another program, or the sandbox of another checkout, has the port.
   * @throws SandboxAlreadyRunning when it runs on another port, without `keep`, or as another version.
   * @throws SandboxNotInstalled when the virtual environment is not there or not of this checkout's version.
   * @throws SandboxStartFailed when it does not come up within 30 seconds.
   */
  start(options?: StartOptions): Promise<RunningStatus>

  /** Ends the emulator and its functions; false when it was not running. */
  stop(): Promise<boolean>

  /**
   * What runs, if anything does.
   *
   * @throws SandboxNotRunning when its process is there but does not answer.
   */
  status(): Promise<SandboxStatus>

  /**
   * Back to two empty accounts: every stack, queue and role is gone. The keys stay good, sessions do not.
   *
   * @throws SandboxNotRunning
   */
  reset(): Promise<void>

  /**
   * The keys of an account's administrator. They outlive `stop`, `start` and `reset`.
   *
   * @throws SandboxNotRunning
   */
  credentials(account: AccountName): Promise<SandboxCredentials>

  /**
   * Variables that make any AWS SDK, and the AWS CLI, work as an account's administrator. One that is the empty string must be
   * unset: it would take precedence over the others. While Kafka runs, Node is told to trust its authority.
   *
   * @throws SandboxNotRunning
   */
  environment(account: AccountName): Promise<Record<string, string>>

  /**
   * Creates or updates a stack from a SAM template, with the folder of each function's `CodeUri` zipped and uploaded, and waits.
   * Of a resource whose type the emulator does not know there is a line, and its id in `leftOut`.
   *
   * @throws InvalidTemplate when the template, a parameter or a bundle is wrong; nothing was made then.
   * @throws DeploymentFailed with the first reason, when CloudFormation could not make the stack; it has gone back to what was.
   * @throws SandboxNotRunning
   */
  deploy(options: DeployOptions): Promise<Deployment>

  /**
   * Starts Apache Kafka as the partner's cluster, where it stays until the sandbox is stopped, started or reset, and loses all
   * it has; when it runs already, nothing happens, and one that was killed goes on with what it had. The first time in a
   * checkout it is fetched from Maven Central, 64 MB.
   *
   * IAM decides who connects, and what of which topic and group they use, by the identity and session policies of the emulator.
   *
   * @throws SandboxNotInstalled when it cannot be fetched, or the virtual environment has no Java.
   * @throws SandboxStartFailed when it does not come up within a minute.
   * @throws SandboxNotRunning
   */
  kafka(options?: { onProgress?: (line: string) => void }): Promise<KafkaCluster>

  /**
   * The lines of a function's log, in the order of their time.
   *
   * @throws UnknownFunction when there is none of that name, unless `follow` waits for it.
   * @throws SandboxNotRunning also when it is stopped in the middle.
   */
  logs(functionName: string, options: LogsOptions): AsyncIterable<LogLine>
}
