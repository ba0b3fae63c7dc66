import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { CausewayError } from '@causeway-aws/auth'
import { receive } from '@causeway-aws/edge'
import {
  type Configuration,
  type ConfigurationEntries,
  createHandler,
  describeError,
  type Invocation,
  type LambdaHandler,
} from '@causeway-aws/handler'
import type { SQSEvent } from 'aws-lambda'
import * as v from 'valibot'
import type { Checkpoints } from '../checkpoints.ts'
import type { Progress } from '../read-partition.ts'
import type { Partition, Start } from '../source.ts'
import { drain } from '../work/drain.ts'
import type { Drainable } from '../work/drainable.ts'
import { Drained } from '../work/drained.ts'
import { type WorkItem, workItemOf, workItemType } from '../work/item.ts'
import { plan } from '../work/plan.ts'
import { readerConfiguration } from './configuration.ts'
import { createReader, type Reader, type SourceClient, sourceClient } from './reader.ts'

type Common = typeof readerConfiguration

/** What a reader is besides what all of them are. */
export interface ReaderDefinition<Entries extends ConfigurationEntries> {
  readonly name: string
  /** The variables that name the source. */
  readonly configuration: Entries
  /** What its work items are. */
  readonly drainable: (config: Configuration<Entries & Common>, client: SourceClient) => Drainable
  /** Delivers what one of AWS's own mappings brings. Answers what Lambda is to be told. */
  readonly mapped: (
    event: unknown,
    reader: Reader,
    invocation: ReaderInvocation & { readonly config: Configuration<Entries & Common> },
  ) => Promise<unknown>
}

export type ReaderInvocation = Pick<
  Invocation<Common, Record<never, never>>,
  'signal' | 'deadline' | 'logger' | 'metrics'
>

/** A function was invoked with what it does not know. */
export class ReaderEventError extends CausewayError {
  constructor(fault: string) {
    super(`The reader does not know this event: ${fault}.`, { code: 'ReaderEventError' })
  }
}

const planEvent = v.object({ plan: v.literal(true) })
const sqsEvent = v.object({
  Records: v.pipe(v.array(v.object({ eventSource: v.literal('aws:sqs'), eventSourceARN: v.string() })), v.minLength(1)),
})

/**
 * Makes the handler of a reader. By a schedule's `{"plan":true}` it sends a work item for each partition that nobody
 * reads, by a work item it drains that partition, and by an event of one of AWS's mappings it delivers what that brings.
 *
 * @throws {ConfigurationError} when the environment does not hold what the configuration asks for.
 */
export function createReaderHandler<const Entries extends ConfigurationEntries>({
  name,
  configuration,
  drainable,
  mapped,
}: ReaderDefinition<Entries>): LambdaHandler<unknown, unknown> {
  const entries = { ...readerConfiguration, ...configuration }
  return createHandler(
    {
      name,
      configuration: entries,
      clients: {
        reader: (config) => {
          const all = config as Configuration<Entries & Common>
          return createReader(all, drainable(all, sourceClient(all)))
        },
      },
    },
    async (event: unknown, { config, clients, ...invocation }) => {
      const { workQueue } = config as Configuration<Common>
      try {
        const { reader } = clients
        if (v.is(planEvent, event)) return await planNow(reader, config as Configuration<Common>, invocation)
        if (workQueue !== undefined && isOfQueue(event, workQueue)) {
          return await drainItems(event, reader, config as Configuration<Common>, invocation)
        }
        return await mapped(event, reader, { ...invocation, config: config as Configuration<Entries & Common> })
      } catch (error) {
        countFailure(invocation)
        throw error
      }
    },
  )
}

/** Says that something could not be read, planned or sent: an alarm is on it, whatever way the records come. */
export function countFailure({ metrics }: Pick<ReaderInvocation, 'metrics'>): void {
  metrics.addMetric('ReaderFailures', MetricUnit.Count, 1)
}

function isOfQueue(event: unknown, queueUrl: string): event is SQSEvent {
  const queue = new URL(queueUrl).pathname.split('/').at(-1)
  return v.is(sqsEvent, event) && event.Records[0]?.eventSourceARN.split(':').at(-1) === queue
}

async function planNow(
  { drainable: { source }, work }: Reader,
  config: Configuration<Common>,
  { signal, logger, metrics }: ReaderInvocation,
): Promise<unknown> {
  if (!work) throw new ReaderEventError('to plan it needs CHECKPOINT_TABLE and WORK_QUEUE')
  await startOf(work.checkpoints, config) // "from now on" begins with the first plan
  const planned = await plan({ source, checkpoints: work.checkpoints, work: work.queue, signal })
  logger.info('planned', { ...planned })
  metrics.addMetric('PartitionsPlanned', MetricUnit.Count, planned.planned)
  return planned
}

function drainItems(
  event: SQSEvent,
  { drainable, delivery, work }: Reader,
  config: Configuration<Common>,
  { signal, deadline, logger, metrics }: ReaderInvocation,
): Promise<unknown> {
  if (!work) throw new ReaderEventError('to drain work items it needs CHECKPOINT_TABLE')
  const { queue, checkpoints } = work
  const time = config.drainSeconds * 1_000

  async function drainItem(item: WorkItem): Promise<void> {
    const drained = new Drained()
    const onProgress = (progress: Progress<Partition>): void => drained.add(progress)
    const start = await startOf(checkpoints, config)
    const { source, run } = drainable
    try {
      const end = await drain(item, {
        ...{ source, checkpoints, work: queue, time, signal, onProgress },
        run: (partition, signal, onProgress) =>
          run(partition, { checkpoints, ...delivery, start, lease: time + 60_000, signal, onProgress }),
      })
      const { records, bytes, lag, left } = drained
      logger.info('drained', { partition: item.partition, end, records, bytes, lag, left })
      if (end === 'stuck') countFailure({ metrics })
    } finally {
      const { records, lag, left } = drained
      metrics.addMetric('RecordsRead', MetricUnit.Count, records)
      if (lag !== undefined) metrics.addMetric('ReaderLag', MetricUnit.Milliseconds, lag)
      if (left?.records !== undefined) metrics.addMetric('RecordsLeft', MetricUnit.Count, left.records)
      if (left?.bytes !== undefined) metrics.addMetric('BytesLeft', MetricUnit.Bytes, left.bytes)
    }
  }

  return receive(event, { messageType: workItemType, logger, signal, deadline }, async (message) => {
    const item = workItemOf(message, drainable.source.name)
    // Left on the queue the item would hold up those that the planner makes of this partition, for it is stale by now.
    await drainItem(item).catch((error) => {
      logger.error('a drain failed', { partition: item.partition, error: describeError(error) })
      countFailure({ metrics })
    })
  })
}

async function startOf(checkpoints: Checkpoints, { start }: Configuration<Common>): Promise<Start> {
  return start === 'latest' ? checkpoints.begun(new Date()) : start
}
