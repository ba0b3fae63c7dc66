/**
 * The steps of a rotation, in the order in which Secrets Manager asks its function for them.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 *
 * @example
 * ```ts
 * import { rotationSteps } from '@causeway-aws/grants/rotation'
 *
 * for (const step of rotationSteps) process.stdout.write(`${step}\n`)
 * ```
 */
export const rotationSteps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const

/** One step of a rotation. */
export type RotationStep = (typeof rotationSteps)[number]
