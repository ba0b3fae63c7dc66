import { CausewayError, withoutTokens } from '@causeway-aws/auth'
import { requestFailure } from '@causeway-aws/edge'
import type { CheckpointFileError, RecordError } from '@causeway-aws/readers/reading'
import type { Command } from 'commander'
import { asTyped } from './as-typed.ts'
import { type AwsRequest, requestOf } from './aws-request.ts'
import { exitCode, UsageError } from './exit.ts'
import type { ReadFlags } from './read-options.ts'
import { remedyOf } from './remedies.ts'
import type { Terminal } from './terminal.ts'

/** Says in one sentence what a command failed with, and answers its exit code. */
export function reportError(error: unknown, command: Command | undefined, terminal: Terminal): number {
  terminal.note(sentence(error, command))
  if (process.env.CAUSEWAY_DEBUG === '1' && error instanceof Error) terminal.note(error.stack ?? '')
  return error instanceof UsageError || isBadInput(error) ? exitCode.usage : exitCode.failed
}

/** Our errors carry the whole sentence. Of AWS's, the name is what a person looks up. */
function sentence(error: unknown, command: Command | undefined): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof CausewayError && error.code === 'InvalidOptions') {
    return asTyped(error.message, command)
  }
  // An app itself is not told of others.
  if (error instanceof CausewayError && error.code === 'AppNotFound') {
    return `${error.message} \`causeway app list\` shows those that there are.`
  }
  if (isOfRecord(error)) {
    const { partition, position, reason } = error
    return `The record at ${position} of ${partition} fails (${reason}), and reading has ended before it. --errors-to sends such records elsewhere, and goes on.`
  }
  if (error.message === 'Region is missing')
    return `No AWS region is set. Set AWS_REGION, or give --region. ${inSandbox}`
  if (error.name === 'CredentialsProviderError') return `No AWS credentials were found: ${error.message}. ${inSandbox}`
  if ('code' in error && error.code === 'ECONNREFUSED')
    return `${error.message}. Is the sandbox running? npx causeway sandbox start`
  if (error.name === 'TimeoutError') return unanswered(error)
  return '$fault' in error ? refusal(error, command) : error.message
}

const isOfRecord = (error: Error): error is RecordError =>
  error instanceof CausewayError && error.code === 'RecordError'

/** What was asked for, and for how long nothing came. */
function unanswered(error: Error): string {
  const { reason } = requestFailure(error)
  const request = requestOf(error)
  const said = request ? `${request.action} on ${request.resource} failed: ${reason}` : reason
  return `${said}. See that the region is right and that the network lets you there, and run the command again.`
}

/** What was asked for, what AWS answered, and what to do about it. */
function refusal(error: Error, command: Command | undefined): string {
  const answer = `${error.name}: ${withoutTokens(error.message)}`
  const request = requestOf(error)
  if (request === undefined) return answer
  const advice = /^AccessDenied/.test(error.name)
    ? permission(missingOf(error, request), command)
    : remedyOf(error, request, command?.opts<Partial<ReadFlags>>().checkpoint?.name)
  const said = `${request.action} on ${request.resource} failed: ${answer}`
  return advice === undefined ? said : `${said.replace(/\.?$/, '.')} ${advice}`
}

/** S3 also needs the key that an object is under, and says so in words only. */
function missingOf({ message }: Error, request: AwsRequest): AwsRequest {
  const [, action, resource] =
    /not authorized to perform: (kms:\w+)(?:.*?\b(arn:[\w-]+:kms:\S+[^\s.,]))?/.exec(message) ?? []
  return action === undefined ? request : { ...request, action, resource: resource ?? 'the KMS key of the object' }
}

/** What AWS lets nobody of another account do with a queue cannot be granted them. */
function permission({ action, resource, owner: bucketOwner }: AwsRequest, command: Command | undefined): string {
  const what = action.startsWith('kms:') ? resource : 'it'
  const [, owner] = /\/(\d{12})\/[\w-]+(?:\.fifo)?$/.exec(resource) ?? []
  const verb = command?.parent?.name() === 'edge' ? command.name() : ''
  if (owner !== undefined && ['pause', 'resume', 'redrive'].includes(verb) && ofOwner.has(action)) {
    const others =
      verb === 'redrive' ? ' Who may send to the edge redrives dead letters of their own by --from QUEUE.' : ''
    return `edge ${verb} is for the owner of the edge: it needs credentials of account ${owner} that have ${action}.${others}`
  }
  const need = `You need ${action} on ${what}: from your own policies and, where another account owns it, from that account's too.`
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html: it is refused alike.
  return bucketOwner === undefined
    ? need
    : `Either the bucket is not account ${bucketOwner}'s, as --bucket-owner has it, or: ${need}`
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-limitations-of-custom-policies.html, and what only the owner is granted by infra/edge.yaml. */
const ofOwner: ReadonlySet<string> = new Set([
  'sqs:ListQueueTags',
  'sqs:TagQueue',
  'sqs:UntagQueue',
  'sqs:GetQueueAttributes',
])

const inSandbox = 'For the sandbox: eval "$(npx causeway sandbox env partner)"'

/** Our own kinds of error that mean: what was given is wrong, and nothing was done. */
const badInput: readonly string[] = ['InvalidOptions', 'InvalidTemplate', 'SecretUnavailable']

const isBadInput = (error: unknown): boolean =>
  error instanceof CausewayError && (isOfFile(error) || (badInput.includes(error.code) && !error.retryable))

/** It is read before anything is done. */
const isOfFile = (error: CausewayError): boolean =>
  error.code === 'CheckpointFileError' && (error as CheckpointFileError).isOfContent
