import type { ProcessorFactory } from '@causeway-aws/edge'

/** The hook of edge-trigger that the demo and the end-to-end tests deploy: their messages are theirs to show. */
export const process: ProcessorFactory =
  (targets) =>
  async (message, { logger, send }) => {
    const { type, body, previousTrackingIds } = message
    logger.info('message received', { type, body, previousTrackingIds })
    await Promise.all(targets.map((target) => send(target)))
  }
