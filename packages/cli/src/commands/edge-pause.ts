import { setTimeout as sleep } from 'node:timers/promises'
import {
  type EventSourceMappingConfiguration,
  GetEventSourceMappingCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import {
  GetQueueAttributesCommand,
  ListQueueTagsCommand,
  type SQSClient,
  TagQueueCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs'
import { pauseTag } from '@causeway-aws/edge'
import { remembering } from '../aws-request.ts'
import { credentialsOf } from '../credentials.ts'
import { type EdgeFlags, openEdge } from '../edge-queue.ts'
import type { Terminal } from '../terminal.ts'

export interface EdgePauseOptions extends EdgeFlags {
  paused: boolean
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

interface Trigger {
  function: string
  state: string
}

/**
 * Disables the triggers of an edge, or enables those again that were disabled so, and tags its queue for the processes
 * that consume it. The tag holds which triggers they were: one that was off before stays off.
 */
export async function pauseEdge({ paused, json, terminal, signal, ...flags }: EdgePauseOptions): Promise<void> {
  const { client, queueUrl: QueueUrl } = await openEdge(flags)
  const credentials = credentialsOf(flags)
  const lambda = remembering(
    new LambdaClient({
      ...(flags.region && { region: flags.region }),
      ...(credentials && { credentials }),
    }),
  )
  const { Tags = {} } = await client.send(new ListQueueTagsCommand({ QueueUrl }))
  const before = Tags[pauseTag]?.split(' ')
  const mappings = await mappingsOf(client, lambda, QueueUrl)
  const ours = mappings.filter(({ UUID = '', State }) => before?.includes(UUID) || (paused && State !== 'Disabled'))
  if (paused) {
    const value = ours.map(({ UUID }) => UUID).join(' ') || 'no trigger'
    await client.send(new TagQueueCommand({ QueueUrl, Tags: { [pauseTag]: value } }))
  }
  const triggers: Trigger[] = []
  for (const mapping of ours) {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping.UUID, Enabled: !paused }))
    const { FunctionArn = '', State = '' } = await settled(lambda, mapping, signal)
    triggers.push({ function: FunctionArn.slice(FunctionArn.lastIndexOf(':') + 1), state: State })
  }
  // Last, so that a resume that was cut off can be repeated.
  if (!paused) await client.send(new UntagQueueCommand({ QueueUrl, TagKeys: [pauseTag] }))
  if (json) return terminal.printJson({ queueUrl: QueueUrl, paused, triggers })
  for (const trigger of triggers) terminal.print(`trigger of ${trigger.function}  ${trigger.state}`)
  terminal.print(`processes that consume it  ${paused ? 'wait within 20 seconds, if they may see its tags' : 'go on'}`)
}

async function mappingsOf(
  client: SQSClient,
  lambda: LambdaClient,
  QueueUrl: string,
): Promise<EventSourceMappingConfiguration[]> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  const mappings: EventSourceMappingConfiguration[] = []
  for await (const page of paginateListEventSourceMappings(
    { client: lambda },
    { EventSourceArn: Attributes?.QueueArn },
  )) {
    mappings.push(...(page.EventSourceMappings ?? []))
  }
  return mappings
}

/** Lambda takes a while over a change: https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html ("State") */
async function settled(
  client: LambdaClient,
  { UUID }: EventSourceMappingConfiguration,
  signal: AbortSignal,
): Promise<EventSourceMappingConfiguration> {
  for (;;) {
    const mapping = await client.send(new GetEventSourceMappingCommand({ UUID }))
    if (!/ing$/.test(mapping.State ?? '')) return mapping
    await sleep(500, undefined, { signal })
  }
}
