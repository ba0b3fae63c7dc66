import { timeOver } from '@causeway-aws/auth'
import { loadConfig } from '@smithy/core/config'
import { NODE_MAX_ATTEMPT_CONFIG_OPTIONS, StandardRetryStrategy } from '@smithy/core/retry'

/** How long, in milliseconds, a client waits for AWS: the SDK's own would wait for ever for an answer that is lost. */
export const requestLimits = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const

type Refresh = StandardRetryStrategy['refreshRetryTokenForRetry']

/**
 * Tries again what the SDK would, but for a request whose time was over: a person has waited for it, and is told. To the SDK
 * a connection that broke is a time-out, too; of the hundreds that a long command has, one may.
 */
class RetryOfAnswered extends StandardRetryStrategy {
  constructor() {
    super(loadConfig(NODE_MAX_ATTEMPT_CONFIG_OPTIONS))
  }

  override async refreshRetryTokenForRetry(...[token, failed]: Parameters<Refresh>): ReturnType<Refresh> {
    if (failed.error instanceof Error && timeOver(failed.error) !== undefined) throw failed.error
    return super.refreshRetryTokenForRetry(token, failed)
  }
}

type Limits<Handler> = { readonly requestHandler: Handler; readonly retryStrategy: StandardRetryStrategy }

const retryStrategy = new RetryOfAnswered()

/** The limits of a client. */
export const clientLimits: Limits<typeof requestLimits> = { requestHandler: requestLimits, retryStrategy }

/** The same where a request takes as long as what it carries: 30 seconds in which nothing is carried either way. */
export const transferLimits: Limits<{ connectionTimeout: number; socketTimeout: number }> = {
  requestHandler: { connectionTimeout: 5_000, socketTimeout: 30_000 },
  retryStrategy,
}

/** For how many milliseconds what is sent to an edge is tried again: less than an answer may take, so that what got none is not. */
export const patience = 25_000
