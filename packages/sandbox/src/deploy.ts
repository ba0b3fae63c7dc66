import type { AccountName, Deployment, DeployOptions, SandboxCredentials } from './contract.ts'
export async function deploy(
  _o: DeployOptions,
  _c: (a: AccountName) => Promise<SandboxCredentials>,
): Promise<Deployment> {
  throw new Error('not there yet')
}
