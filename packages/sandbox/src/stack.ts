import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AlreadyExistsException,
  type CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  type CreateStackCommandOutput,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  RollbackStackCommand,
  type Stack,
  type StackEvent,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'

/** How a change of a stack ended. */
export interface Change {
  stack: Stack | undefined
  /** The first event that told of a failure, if any did. */
  failure: StackEvent | undefined
}

// Our templates make roles, with names of their own, and are SAM's to expand.
const CAPABILITIES = ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'] as const

/**
 * Creates the stack or updates it, and waits for the end; undefined when there is nothing to change.
 * Rejects with the SDK's error when CloudFormation does not take the template.
 */
export async function changeStack(
  client: CloudFormationClient,
  input: CreateStackCommandInput & { StackName: string },
  onEvent: (event: StackEvent) => void,
): Promise<Change | undefined> {
  // Pre-deployment validation answers with "call DescribeEvents"; without it the resource fails, and its event says why.
  const request = {
    ...input,
    ClientRequestToken: randomUUID(),
    Capabilities: [...CAPABILITIES],
    DisableValidation: true,
  }
  let existing = await findStack(client, input.StackName)
  // Somebody else changes it.
  if (existing !== undefined && !isSettled(existing)) existing = await settled(client, existing)
  // A stack that could not be created can only be deleted.
  const isRemnant = existing?.StackStatus === 'ROLLBACK_COMPLETE' || existing?.StackStatus === 'CREATE_FAILED'
  if (existing !== undefined && isRemnant) await deleteStack(client, existing)
  // Where CloudFormation would have refused the template, of a circle for example, the emulator leaves the stack so.
  if (existing?.StackStatus === 'UPDATE_FAILED') await rollBack(client, existing)
  const isNew = existing === undefined || isRemnant
  const command = isNew ? new CreateStackCommand(request) : new UpdateStackCommand(request)
  let answer: CreateStackCommandOutput | undefined
  try {
    answer = await client.send(command as CreateStackCommand).catch(unlessNoUpdates)
  } catch (error) {
    if (!(isNew && error instanceof AlreadyExistsException)) throw error
    return changeStack(client, input, onEvent) // somebody else was faster
  }
  if (answer?.StackId === undefined) return undefined
  return await follow(client, answer.StackId, request.ClientRequestToken, onEvent)
}

/** The stack of that name or id; undefined when there is none. */
export async function findStack(client: CloudFormationClient, StackName: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }))
    return Stacks?.[0]
  } catch (error) {
    if (error instanceof Error && error.message.endsWith('does not exist')) return undefined
    throw error
  }
}

function isSettled({ StackStatus }: Stack): boolean {
  return StackStatus?.endsWith('_IN_PROGRESS') !== true
}

async function deleteStack(client: CloudFormationClient, stack: Stack): Promise<void> {
  await client.send(new DeleteStackCommand({ StackName: stack.StackName }))
  await settled(client, stack)
}

async function rollBack(client: CloudFormationClient, stack: Stack): Promise<void> {
  await client.send(new RollbackStackCommand({ StackName: stack.StackName }))
  await settled(client, stack)
}

/** Waits for the end of what is being done to a stack. */
async function settled(client: CloudFormationClient, { StackId = '' }: Stack): Promise<Stack | undefined> {
  let stack = await findStack(client, StackId)
  while (stack !== undefined && !isSettled(stack)) {
    await sleep(POLL)
    stack = await findStack(client, StackId)
  }
  return stack
}

function unlessNoUpdates(error: unknown): undefined {
  // Its message is the only mark of it: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html
  if (!(error instanceof Error && error.message.includes('No updates are to be performed'))) throw error
  return undefined
}

// Milliseconds. The emulator makes 71 resources in half a second.
const POLL = 100

async function follow(
  client: CloudFormationClient,
  stackId: string,
  token: string,
  onEvent: (event: StackEvent) => void,
): Promise<Change> {
  const seen = new Set<string | undefined>()
  let failure: StackEvent | undefined
  for (;;) {
    // Before the events, so that none is missed after the last look at the stack.
    const stack = await findStack(client, stackId)
    for (const event of await eventsOf(client, stackId, token)) {
      if (seen.has(event.EventId)) continue
      seen.add(event.EventId)
      onEvent(event)
      if (event.ResourceStatus?.endsWith('_FAILED')) failure ??= event
    }
    if (stack === undefined || isSettled(stack)) return { stack, failure }
    await sleep(POLL)
  }
}

/** The events of one operation, oldest first. */
async function eventsOf(client: CloudFormationClient, StackName: string, token: string): Promise<StackEvent[]> {
  const events: StackEvent[] = []
  for await (const page of paginateDescribeStackEvents({ client }, { StackName })) {
    events.push(...(page.StackEvents ?? []).filter((event) => event.ClientRequestToken === token))
  }
  return events.reverse()
}
