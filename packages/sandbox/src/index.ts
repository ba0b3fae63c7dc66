export type {
  AccountName,
  Deployment,
  DeployOptions,
  LogLine,
  LogsOptions,
  RunningStatus,
  Sandbox,
  SandboxCredentials,
  SandboxStatus,
  StackStatus,
  StartOptions,
} from './contract.ts'
export { openSandbox, type SandboxOptions } from './sandbox.ts'
