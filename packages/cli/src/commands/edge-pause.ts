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
import { remembering } from '../aws-request.ts'
import { credentialsOf } from '../credentials.ts'
import { type EdgeFlags, openEdge, refuseOtherRegion } from '../edge-queue.ts'
import { clientLimits } from '../request-limits.ts'
import type { Terminal } from '../terminal.ts'
import { type Pause, pauseTags, readPause } from './pause-tags.ts'

export interface EdgePauseOptions extends EdgeFlags {
  paused: boolean
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** What was done with a trigger. */
interface Trigger {
  function: string
  uuid: string
  before: string
  state: string
}

/**
 * Disables the triggers of an edge, or enables those again that were disabled so, and tags its queue for the processes
 * that consume it. The tags hold which triggers they were: one that was off before stays off.
 */
export async function pauseEdge({ paused, json, terminal, signal, ...flags }: EdgePauseOptions): Promise<void> {
  const { client, queueUrl: QueueUrl } = await openEdge(flags)
  await refuseOtherRegion(flags.edge, client)
  const credentials = credentialsOf(flags)
  const lambda = remembering(
    new LambdaClient({
      ...clientLimits,
      ...(flags.region && { region: flags.region }),
      ...(credentials && { credentials }),
    }),
  )
  const { Tags = {} } = await client.send(new ListQueueTagsCommand({ QueueUrl }))
  const before = readPause(Tags)
  const mappings = await mappingsOf(client, lambda, QueueUrl)
  const untag = async (TagKeys: string[]) => {
    if (TagKeys.length > 0) await client.send(new UntagQueueCommand({ QueueUrl, TagKeys }))
  }
  const isOurs = ({ UUID = '', State }: EventSourceMappingConfiguration): boolean =>
    before.triggers.includes(UUID) || (paused && State !== 'Disabled')
  if (paused) {
    const tags = pauseTags(mappings.filter(isOurs).flatMap(({ UUID = [] }) => UUID))
    await client.send(new TagQueueCommand({ QueueUrl, Tags: tags }))
    await untag(before.names.filter((name) => !(name in tags)))
  }
  const triggers: Trigger[] = []
  for (const mapping of mappings) {
    const { UUID: uuid = '', FunctionArn = '', State: before = '' } = mapping
    if (isOurs(mapping)) await lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled: !paused }))
    const { State: state = '' } = isOurs(mapping) ? await settled(lambda, mapping, signal) : mapping
    triggers.push({ function: FunctionArn.slice(FunctionArn.lastIndexOf(':') + 1), uuid, before, state })
  }
  // Last, so that a resume that was cut off can be repeated.
  if (!paused) await untag([...before.names])
  const done: Done = { queueUrl: QueueUrl, paused, wasPaused: before.text !== undefined, tag: before.text, triggers }
  if (json) terminal.printJson(done)
  else print(done, before, terminal)
  if (paused || before.text === undefined || before.isWritten) return
  const off = triggers.filter(({ state }) => state === 'Disabled').map(({ uuid }) => uuid)
  if (off.length === 0) return
  throw new Error(
    `The tag ${before.names.join(', ')} was ${JSON.stringify(before.text)}, which edge pause does not write, so it is not known which triggers it had turned off. Turn on yourself those that should be: aws lambda update-event-source-mapping --enabled --uuid ${off.join(', ')}`,
  )
}

/** What was found, and what was done. */
interface Done {
  queueUrl: string
  paused: boolean
  wasPaused: boolean
  /** What the tags said until then. */
  tag: string | undefined
  triggers: Trigger[]
}

function print({ paused, wasPaused, triggers }: Done, { isWritten }: Pause, terminal: Terminal): void {
  for (const { function: name, before, state } of triggers) {
    const wasOff = !paused && isWritten && state === 'Disabled'
    const asBefore = wasOff ? 'as before: edge pause had not turned it off' : 'as before'
    terminal.print(`trigger of ${name}  ${state}, ${before === state ? asBefore : `was ${before}`}`)
  }
  const consumers = paused ? 'wait within 20 seconds, if they may see its tags' : 'go on'
  terminal.print(`processes that consume it  ${consumers}`)
  if (paused && wasPaused) terminal.note('The edge was paused already.')
  if (!paused && !wasPaused) terminal.note('The edge was not paused.')
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
