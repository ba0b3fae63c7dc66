import { childOf, type ProcessorFactory } from '@causeway-aws/edge'

/**
 * Yours to replace: what is done with the messages of a route whose processor is `process`. It is called once for each
 * such route, with the route's targets, and answers the function that each message is given to. The message is done
 * when that function resolves and everything it sent was accepted; when it throws, the message comes again.
 *
 * As shipped it prints the message, body and all, and sends it on to the targets, if there are any.
 */
export const process: ProcessorFactory =
  (targets) =>
  async (message, { logger, send }) => {
    logger.info('message received', { type: message.type, body: message.body })
    await Promise.all(targets.map((target) => send(target, childOf(message))))
  }
