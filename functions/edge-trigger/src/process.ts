import { parseOptions } from '@causeway-aws/auth'
import type { ProcessorFactory } from '@causeway-aws/edge'
import * as v from 'valibot'

/** What a route may say to it beside its targets: nothing, until you add an option of yours. */
const optionsSchema = v.strictObject({})

/**
 * Yours to replace: what is done with the messages of a route whose processor is `process`. It is called once for each
 * such route, with the route's targets and options, and answers the function that each message is given to. The message is done
 * when that function resolves and everything it sent was accepted; when it throws, the message comes again.
 *
 * As shipped it is for trying an edge out: it writes every message into the function's log, BODY AND ALL, and sends it on
 * to the targets, if there are any. Whoever may read the log may then read the messages, for as long as the log is kept,
 * so replace it before anything confidential arrives. Nothing else in this function logs a body.
 */
export const process: ProcessorFactory = (targets, options) => {
  parseOptions('process', optionsSchema, options)
  return async (message, { logger, send }) => {
    logger.info('message received', { type: message.type, body: message.body })
    await Promise.all(targets.map((target) => send(target)))
  }
}
