import { type Clock, systemClock } from '@causeway-aws/auth'
import * as labels from './labels.ts'
import { withoutSecrets } from './redacted.ts'
import { RotationError } from './rotation-error.ts'
import { parseRotationEvent, type RotationEvent } from './rotation-event.ts'
import type { Change, Rotator } from './rotator.ts'
import {
  type DescribedSecret,
  replacedVersions,
  type SecretVersions,
  unmarkedVersion,
  versionWith,
} from './secret-versions.ts'

/** Tells who rotates a secret. */
export type RotatorOf = (secret: DescribedSecret) => Rotator<unknown>

/** What {@link rotate} works with. */
export interface RotateOptions {
  readonly versions: SecretVersions
  readonly rotatorOf: RotatorOf
  /**
   * For how long what was replaced goes on working after the last step, in milliseconds. Longer than any client holds a value:
   * `secret()` of `@causeway-aws/auth` does so for 300,000. Default: 600,000.
   */
  readonly grace?: number
  /** Default: this machine's clocks. */
  readonly clock?: Clock
  readonly signal?: AbortSignal
}

/** What a step has come to. */
export interface RotatedStep {
  readonly step: RotationEvent['Step']
  readonly secretId: string
  readonly version: string
  /** Nothing was to be done any more. */
  readonly already: boolean
}

/**
 * Does one step of a rotation, as Secrets Manager asks for it. A step that was cut off, wherever, is asked for again and
 * ends in the same place; until `finishSecret` has moved AWSCURRENT, nobody sees any of it.
 *
 * @throws {RotationError} in one sentence without a value.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 *
 * @example
 * ```ts
 * import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
 * import { password, rotate, secretVersions } from '@causeway-aws/grants/rotation'
 *
 * const versions = secretVersions({ client: new SecretsManagerClient() })
 * export const handler = (event: unknown) => rotate(event, { versions, rotatorOf: () => password() })
 * ```
 */
export async function rotate(event: unknown, options: RotateOptions): Promise<RotatedStep> {
  const parsed = parseRotationEvent(event)
  const { SecretId: secretId, ClientRequestToken: version, Step: step } = parsed
  const secret = await options.versions.describe(secretId)
  const its = secret.versions.get(version)
  const isCurrent = its?.includes(labels.current) ?? false
  if (!isCurrent && !its?.includes(labels.pending)) {
    throw new RotationError(
      'RotationNotPending',
      `Version ${version} of ${secretId} is not AWSPENDING, so ${step} is not for it. Start a rotation: aws secretsmanager rotate-secret.`,
    )
  }
  const run = new Run(secret, version, parsed.RotationToken, options)
  const already = isCurrent ? await run.again(step) : await run[step]()
  return { step, secretId, version, already }
}

/** One step for one version of one secret. */
class Run {
  readonly #secret: DescribedSecret
  readonly #version: string
  readonly #rotationToken: string | undefined
  readonly #versions: SecretVersions
  readonly #rotator: Rotator<unknown>
  readonly #options: RotateOptions
  readonly #secrets: string[] = []

  constructor(secret: DescribedSecret, version: string, rotationToken: string | undefined, options: RotateOptions) {
    this.#secret = secret
    this.#version = version
    this.#rotationToken = rotationToken
    this.#versions = options.versions
    this.#rotator = options.rotatorOf(secret)
    this.#options = options
  }

  createSecret(): Promise<boolean> {
    return this.#withoutSecrets(async () => {
      if ((await this.#read(this.#version)) !== undefined) return true
      await this.#refuseTooSoon()
      const current = await this.#current()
      const abandoned = await this.#abandoned()
      const pending = await this.#rotator.create({ current, abandoned, ...this.#signal() })
      this.#secrets.push(this.#rotator.secretOf(pending))
      const text = this.#rotator.format(pending)
      await this.#versions.put(this.#secret.arn, this.#version, text, this.#rotationToken)
      return false
    })
  }

  setSecret(): Promise<boolean> {
    return this.#withoutSecrets(async () => {
      await this.#rotator.set(await this.#pending(), await this.#change())
      return false
    })
  }

  testSecret(): Promise<boolean> {
    return this.#withoutSecrets(async () => {
      const change = await this.#change()
      // RotateSecret asks for this step alone where it is not to rotate immediately, to see that it could.
      // https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
      const isMade = (await this.#read(this.#version)) !== undefined
      const tested = isMade ? await this.#pending() : change.current
      await this.#rotator.test(tested, change).catch((error: unknown) => {
        const cause = withoutSecrets(error, this.#secrets)
        const said = cause.message.replace(/\.$/, '')
        throw new RotationError(
          'RotationTestFailed',
          `The ${isMade ? 'new' : 'current'} credential of ${this.#secret.arn} does not work: ${said}. AWSCURRENT is as it was; mend what it says, and rotate again.`,
          { cause },
        )
      })
      return false
    })
  }

  finishSecret(): Promise<boolean> {
    return this.#withoutSecrets(async () => {
      await this.#pending()
      const { arn, versions } = this.#secret
      const replaced = this.#currentVersion()
      // Left where AWSCURRENT was moved back by hand: its time may be over.
      for (const label of versions.get(replaced) ?? []) {
        if (labels.retireTime(label) !== undefined) await this.#versions.unlabel(arn, label, replaced)
      }
      // AWSPREVIOUS goes to what is replaced by itself. Cut off here, that is still without its time: see unmarkedVersion.
      await this.#versions.label(arn, labels.current, this.#version, replaced)
      await this.#mark(replaced)
      await this.#finish()
      return false
    })
  }

  /** A step for the version that is AWSCURRENT already: the last one may have been cut off after it had moved the label. */
  again(step: RotationEvent['Step']): Promise<boolean> {
    return this.#withoutSecrets(async () => {
      if (step !== 'finishSecret') return true
      const unmarked = unmarkedVersion(this.#secret)
      if (unmarked !== undefined) await this.#mark(unmarked)
      await this.#finish()
      return true
    })
  }

  /** Says from when on a version that was replaced may be retired. */
  async #mark(replaced: string): Promise<number> {
    const { grace = 600_000, clock = systemClock } = this.#options
    const due = clock.now() + grace
    await this.#versions.label(this.#secret.arn, labels.retireLabel(due), replaced)
    return due
  }

  async #finish(): Promise<void> {
    if (this.#rotator.finish === undefined) return
    const current = await this.#parsed(this.#version)
    await this.#rotator.finish({ current, ...this.#signal() })
  }

  /** What the service still takes for clients that hold it would be a third credential, or the next one's place. */
  async #refuseTooSoon(): Promise<void> {
    const unmarked = unmarkedVersion(this.#secret)
    const due = unmarked === undefined ? replacedVersions(this.#secret)[0]?.due : await this.#mark(unmarked)
    if (due === undefined) return
    throw new RotationError(
      'RotationTooSoon',
      `What the last rotation replaced is kept until ${new Date(due).toISOString()}, and then retired on a schedule. Rotate ${this.#secret.arn} again when that is done; if the time is long over, the function's log says why it was not.`,
      { retryable: true },
    )
  }

  /** What versions hold that were made, and never became AWSCURRENT. Their label goes to the one that is being made. */
  async #abandoned(): Promise<unknown[]> {
    const values: unknown[] = []
    for (const [id, its] of this.#secret.versions) {
      if (id === this.#version || its.includes(labels.current) || !its.includes(labels.made)) continue
      const text = await this.#read(id)
      if (text !== undefined) values.push(this.#parse(id, text))
    }
    return values
  }

  #currentVersion(): string {
    const id = versionWith(this.#secret, labels.current)
    if (id !== undefined) return id
    throw new RotationError(
      'InvalidSecretValue',
      `${this.#secret.arn} has no AWSCURRENT. Put the credential that is in use into it, and rotate again.`,
    )
  }

  #current(): Promise<unknown> {
    return this.#parsed(this.#currentVersion())
  }

  async #pending(): Promise<unknown> {
    return this.#parsed(this.#version)
  }

  async #change(): Promise<Change<unknown>> {
    return { current: await this.#current(), ...this.#signal() }
  }

  #signal(): { signal?: AbortSignal } {
    return this.#options.signal === undefined ? {} : { signal: this.#options.signal }
  }

  async #parsed(id: string): Promise<unknown> {
    const text = await this.#read(id)
    if (text !== undefined) return this.#parse(id, text)
    throw new RotationError(
      'InvalidSecretValue',
      `Version ${id} of ${this.#secret.arn} holds no text${id === this.#version ? ' yet: createSecret comes first' : ''}.`,
    )
  }

  #read(id: string): Promise<string | undefined> {
    return this.#versions.value(this.#secret.arn, id)
  }

  #parse(id: string, text: string): unknown {
    const value = parseValue(this.#rotator, text, { arn: this.#secret.arn, id })
    this.#secrets.push(this.#rotator.secretOf(value))
    return value
  }

  /** Nothing that this run has read or made is in what it throws. */
  async #withoutSecrets<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      throw withoutSecrets(error, this.#secrets)
    }
  }
}

/** @throws {RotationError} `InvalidSecretValue`, with what the rotator says is wrong, without the value. */
export function parseValue(rotator: Rotator<unknown>, text: string, { arn, id }: { arn: string; id: string }): unknown {
  try {
    return rotator.parse(text)
  } catch (error) {
    const said = error instanceof Error ? withoutSecrets(error, [text]).message : 'it cannot be read'
    throw new RotationError('InvalidSecretValue', `Version ${id} of ${arn} is not what is rotated: ${said}`)
  }
}
