import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  DescribeSecretCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import { type RotationStep, rotationSteps } from '@causeway-aws/grants/rotation'
import type { ClientOptions } from '@causeway-aws/sandbox'
import { remembering } from '../aws-request.ts'
import { UsageError } from '../exit.ts'

/** What is rotated, and where. */
export interface RotateInSandbox {
  /** Name or ARN. */
  readonly secret: string
  /** What clients are made with to act as the administrator of the secret's account. */
  readonly client: ClientOptions
  /** Gives up what an earlier rotation has begun, in the place of going on with it. */
  readonly anew?: boolean
  /** Told of each step when it has ended. */
  readonly onStep?: (step: StepOutcome) => void
}

export interface StepOutcome {
  readonly step: RotationStep
  readonly outcome: 'ok' | 'failed'
  readonly milliseconds: number
  /** What the function threw. */
  readonly reason?: string
}

/** How far a rotation has come. */
export interface SandboxRotation {
  readonly secretArn: string
  /** Name of the rotation function. */
  readonly functionName: string
  readonly version: string
  /** Whether an earlier rotation had begun this version. */
  readonly goneOnWith: boolean
  readonly steps: readonly StepOutcome[]
  readonly rotated: boolean
}

/**
 * Has a secret's own function rotate it, as Secrets Manager does: it begins a version that is AWSPENDING, or goes on with the
 * one that is, and asks for the four steps in their order, up to the first that fails.
 *
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export async function rotateInSandbox({
  secret,
  client,
  anew = false,
  onStep = () => {},
}: RotateInSandbox): Promise<SandboxRotation> {
  const manager = remembering(new SecretsManagerClient(client))
  const described = await manager.send(new DescribeSecretCommand({ SecretId: secret }))
  const { ARN: secretArn = '', RotationLambdaARN: functionArn, VersionIdsToStages = {} } = described
  if (functionArn === undefined) {
    throw new UsageError(
      `${secret} has no rotation function. Give it one, the output FunctionArn of infra/credential-rotation.yaml: aws secretsmanager rotate-secret --secret-id ${secret} --rotation-lambda-arn ARN --no-rotate-immediately`,
    )
  }

  let pending = Object.entries(VersionIdsToStages).find(
    ([, labels]) => labels.includes('AWSPENDING') && !labels.includes('AWSCURRENT'),
  )?.[0]
  if (pending !== undefined && anew) {
    const given = { SecretId: secretArn, VersionStage: 'AWSPENDING', RemoveFromVersionId: pending }
    await manager.send(new UpdateSecretVersionStageCommand(given))
    pending = undefined
  }
  const version = pending ?? (await begin(manager, secretArn))

  const lambda = remembering(new LambdaClient(client))
  const steps: StepOutcome[] = []
  for (const step of rotationSteps) {
    const start = performance.now()
    const event = { Step: step, SecretId: secretArn, ClientRequestToken: version }
    const command = new InvokeCommand({ FunctionName: functionArn, Payload: JSON.stringify(event) })
    const { FunctionError, Payload = new Uint8Array() } = await lambda.send(command)
    const milliseconds = Math.round(performance.now() - start)
    const failed = FunctionError !== undefined
    const outcome: StepOutcome = failed
      ? { step, outcome: 'failed', milliseconds, reason: reasonOf(Payload) }
      : { step, outcome: 'ok', milliseconds }
    steps.push(outcome)
    onStep(outcome)
    if (failed) break
  }
  return {
    secretArn,
    functionName: functionArn.split(':').at(-1) ?? functionArn,
    version,
    goneOnWith: pending !== undefined,
    steps,
    rotated: steps.every(({ outcome }) => outcome === 'ok'),
  }
}

async function begin(manager: SecretsManagerClient, SecretId: string): Promise<string> {
  const { VersionId = '' } = await manager.send(new RotateSecretCommand({ SecretId }))
  return VersionId
}

function reasonOf(payload: Uint8Array): string {
  const text = Buffer.from(payload).toString()
  try {
    const { errorMessage } = JSON.parse(text)
    return typeof errorMessage === 'string' ? errorMessage : text
  } catch {
    return text
  }
}
