import { Logger } from '@aws-lambda-powertools/logger'
import { describeError } from './redaction.ts'

/**
 * The function's logger. Children made by `logger.createChild({ persistentKeys: { trackingId } })` redact errors too:
 * Powertools hands the replacer down.
 */
export function createLogger(serviceName: string): Logger {
  return new Logger({
    serviceName,
    jsonReplacerFn: (_key, value) => (value instanceof Error ? describeError(value) : value),
  })
}
