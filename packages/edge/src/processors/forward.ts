import { parseOptions } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { Processor, ProcessorContext } from '../receiving/processor.ts'
import type { Changes } from '../wire/message.ts'
import { targetList } from './target-list.ts'

const optionsSchema = v.strictObject({ targets: targetList })

/**
 * Makes a processor that sends each message on to every target: body, type and group id as they are, with a tracking id
 * of its own for each target. The received message is done
 * when all targets have accepted. Each acceptance is logged, with the tracking id that the message goes on under.
 *
 * @throws {InvalidOptions} when there is no target: the messages would be deleted and be nowhere.
 *
 * @example
 * ```ts
 * import { forward, type Processor } from '@causeway-aws/edge'
 *
 * export const copyToBoth: Processor = forward([
 *   'https://sqs.eu-west-1.amazonaws.com/222222222222/orders.fifo',
 *   'https://sqs.eu-west-1.amazonaws.com/111111111111/archive',
 * ])
 * ```
 */
export function forward(targets: readonly string[], options: Readonly<Record<string, never>> = {}): Processor {
  parseOptions('forward', optionsSchema, { ...options, targets })
  return (_, context) => sendToAll(targets, {}, context)
}

/** Sends the message on to every target, with these changes, and logs under which tracking id it was accepted. */
export async function sendToAll(
  targets: readonly string[],
  changes: Changes,
  { send, logger }: ProcessorContext,
): Promise<void> {
  await Promise.all(
    targets.map(async (target) => {
      const { trackingId } = await send(target, changes)
      logger.info('message forwarded', { target, as: trackingId })
    }),
  )
}
