import { CausewayError } from '@causeway-aws/auth'

/** MiniStack is not in the virtual environment, or not in the version that this checkout pins. */
export class SandboxNotInstalled extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'SandboxNotInstalled' })
  }
}

/**
 * Another process listens on the port. The sentence names it where that could be found out, and says how to stop it.
 *
 * @example
 * ```ts
 * import { openSandbox, PortTaken } from '@causeway-aws/sandbox'
 *
 * const sandbox = openSandbox({ directory: process.cwd() })
 * const start = (port: number): Promise<unknown> =>
 *   sandbox.start({ port }).catch((error: unknown) => {
 *     if (!(error instanceof PortTaken)) throw error
 *     return start(port + 1)
 *   })
 * await start(4566)
 * ```
 */
export class PortTaken extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'PortTaken' })
  }
}

/** The sandbox runs, but not as it was asked to: on another port, not kept (or kept), or as another MiniStack. */
export class SandboxAlreadyRunning extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'SandboxAlreadyRunning' })
  }
}

/** No sandbox of this checkout is running. */
export class SandboxNotRunning extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'SandboxNotRunning' })
  }
}

/** MiniStack did not come up, or not with its two accounts. */
export class SandboxStartFailed extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'SandboxStartFailed' })
  }
}

/**
 * Bad input: a template, a parameter, a bundle or a name is not what it has to be. Nothing was made. The sentence names it, and never
 * repeats the value of a parameter that is marked NoEcho.
 *
 * @example
 * ```ts
 * import { InvalidTemplate, openSandbox } from '@causeway-aws/sandbox'
 *
 * const sandbox = openSandbox({ directory: process.cwd() })
 * await sandbox.deploy({ template: 'infra/edge.yaml', account: 'home', stack: 'orders' }).catch((error: unknown) => {
 *   if (!(error instanceof InvalidTemplate)) throw error
 *   process.stderr.write(`${error.message}\n`)
 *   process.exitCode = 2
 * })
 * ```
 */
export class InvalidTemplate extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'InvalidTemplate' })
  }
}

/** CloudFormation did not make the stack as its template says. */
export class DeploymentFailed extends CausewayError {
  constructor(message: string, cause?: unknown) {
    super(message, { code: 'DeploymentFailed', cause })
  }
}

/** There is no function of that name in the account. */
export class UnknownFunction extends CausewayError {
  constructor(message: string) {
    super(message, { code: 'UnknownFunction' })
  }
}
