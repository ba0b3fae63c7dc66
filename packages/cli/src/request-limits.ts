/** How long, in milliseconds, a client waits for AWS: the SDK's own would wait for ever for an answer that is lost. */
export const requestLimits = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true } as const

/** The same where a request takes as long as what it carries: 30 seconds in which nothing is carried either way. */
export const transferLimits = { connectionTimeout: 5_000, socketTimeout: 30_000 } as const
