import type { Context } from 'aws-lambda'

/**
 * The context of an invocation as Lambda gives it, with so many milliseconds left (default: 30,000). For a function's
 * own tests.
 *
 * @example
 * ```ts
 * import { createHandler } from '@causeway-aws/handler'
 * import { lambdaContext } from '@causeway-aws/handler/testing'
 *
 * const handler = createHandler({ name: 'greeter' }, (event: { name: string }) => `Hello ${event.name}`)
 * export const greeting: string = await handler({ name: 'Ada' }, lambdaContext())
 * ```
 */
export function lambdaContext(remaining = 30_000): Context {
  const deadline = Date.now() + remaining
  return {
    awsRequestId: '7a1f9b3e-0000-4000-8000-000000000001',
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'causeway-orders-trigger',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-west-1:111111111111:function:causeway-orders-trigger',
    logGroupName: '/aws/lambda/causeway-orders-trigger',
    logStreamName: '2026/01/01/[$LATEST]00000000000000000000000000000000',
    memoryLimitInMB: '512',
    getRemainingTimeInMillis: () => deadline - Date.now(),
    done: () => {},
    fail: () => {},
    succeed: () => {},
  }
}

/**
 * The lines of a function's log, parsed, from {@link captureLog} until it is disposed of. One that is not a JSON object
 * (a warning of Node's, say) is `{ message: <the line> }`.
 */
export interface CapturedLog extends Disposable {
  readonly lines: readonly Record<string, unknown>[]
}

/**
 * Takes a function's log (what the logger writes, and its metrics) away from stdout and stderr, for a test to look at.
 *
 * @example
 * ```ts
 * import { createHandler } from '@causeway-aws/handler'
 * import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
 *
 * const handler = createHandler({ name: 'greeter' }, (_event: unknown, { logger }) => logger.info('hello'))
 * using log = captureLog()
 * await handler({}, lambdaContext())
 * export const messages = log.lines.map(({ message }) => message)
 * ```
 */
export function captureLog(): CapturedLog {
  const lines: Record<string, unknown>[] = []
  const streams = [process.stdout, process.stderr].map((stream) => ({ stream, write: stream.write }))
  for (const { stream } of streams) {
    stream.write = (chunk) => {
      lines.push(lineOf(String(chunk)))
      return true
    }
  }
  return {
    lines,
    [Symbol.dispose]: () => {
      for (const { stream, write } of streams) stream.write = write
    },
  }
}

function lineOf(written: string): Record<string, unknown> {
  try {
    const line: unknown = JSON.parse(written)
    if (typeof line === 'object' && line !== null) return { ...line }
  } catch {
    // Not every line is the logger's.
  }
  return { message: written.trimEnd() }
}
