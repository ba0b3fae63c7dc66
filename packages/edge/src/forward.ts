import type { Processor } from './processor.ts'
import { RouteError } from './route.ts'

/**
 * Makes a processor that sends each message on to every target: body, type and group id as they are, with a tracking id
 * of its own for each target. The received message is done
 * when all targets have accepted. Each acceptance is logged, with the tracking id that the message goes on under.
 *
 * @throws {RouteError} when there is no target: the messages would be deleted and be nowhere.
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
export function forward(targets: readonly string[]): Processor {
  if (targets.length === 0)
    throw new RouteError('The processor "forward" has no target; give it one or more queue URLs.')
  return async (_, { send, logger }) => {
    await Promise.all(
      targets.map(async (target) => {
        const { trackingId } = await send(target)
        logger.info('message forwarded', { target, as: trackingId })
      }),
    )
  }
}
