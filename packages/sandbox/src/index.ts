export { accountIds, accountNames } from './accounts.ts'
export type {
  AccountName,
  Deployment,
  DeployOptions,
  KafkaCluster,
  LogLine,
  LogsOptions,
  RunningStatus,
  Sandbox,
  SandboxCredentials,
  SandboxStatus,
  StackStatus,
  StartOptions,
} from './contract.ts'
export { type ClientOptions, clientOptions } from './credentials.ts'
export {
  DeploymentFailed,
  InvalidTemplate,
  PortTaken,
  SandboxAlreadyRunning,
  SandboxNotInstalled,
  SandboxNotRunning,
  SandboxStartFailed,
  UnknownFunction,
} from './errors.ts'
export { openSandbox, type SandboxOptions } from './sandbox.ts'
