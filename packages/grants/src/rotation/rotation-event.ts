import * as v from 'valibot'
import { RotationError } from './rotation-error.ts'
import { type RotationStep, rotationSteps } from './steps.ts'

/**
 * What Secrets Manager invokes a rotation function with.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
 */
export interface RotationEvent {
  readonly Step: RotationStep
  /** ARN of the secret. */
  readonly SecretId: string
  /** Id of the version that is being made. */
  readonly ClientRequestToken: string
  /** Says whom Secrets Manager acts for, where the secret is another account's. Goes back to it with the new value. */
  readonly RotationToken?: string | undefined
}

// Loose: Secrets Manager has added a field before.
const eventSchema = v.object({
  Step: v.picklist(rotationSteps),
  SecretId: v.pipe(v.string(), v.nonEmpty()),
  ClientRequestToken: v.pipe(v.string(), v.minLength(32), v.maxLength(64)),
  RotationToken: v.optional(v.string()),
})

/** @throws {RotationError} `InvalidRotationEvent`, naming the field. */
export function parseRotationEvent(event: unknown): RotationEvent {
  const result = v.safeParse(eventSchema, event)
  if (result.success) return result.output
  const field = v.getDotPath(result.issues[0]) ?? 'the event'
  throw new RotationError(
    'InvalidRotationEvent',
    `This is not an event of Secrets Manager: ${field} is missing or wrong. Step is one of ${rotationSteps.join(', ')}; SecretId is an ARN; ClientRequestToken has 32 to 64 characters.`,
  )
}
