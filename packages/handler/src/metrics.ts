import { Metrics } from '@aws-lambda-powertools/metrics'
import type middy from '@middy/core'

/** The function's metrics, written to the log in CloudWatch's embedded metric format. */
export function createMetrics(serviceName: string): Metrics {
  return new Metrics({ namespace: 'Causeway', serviceName })
}

/** Counts cold starts, and writes the metrics at the end of an invocation whether it failed or not. */
export function publishMetrics(metrics: Metrics): middy.MiddlewareObj {
  // Powertools' own middleware warns in every invocation that has no metric to publish.
  const publish = (): void => {
    if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics()
  }
  return {
    before: ({ context }) => metrics.captureColdStartMetric(context.functionName),
    after: publish,
    onError: publish,
  }
}
