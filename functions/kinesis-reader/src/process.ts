import type { Processor } from '@causeway-aws/edge'

/** What is done with a message. It is done when this resolves; when it throws, the message comes again. */
export const process: Processor = async ({ type, body }, { logger }) => {
  logger.info('message received', { type, body })
}
