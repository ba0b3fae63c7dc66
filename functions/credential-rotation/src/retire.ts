import type { Logger } from '@aws-lambda-powertools/logger'
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { type RetireOptions, retireDue } from '@causeway-aws/grants/rotation'

interface Invocation {
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Retires what is due, and tells of each in the log and of all in the metrics. */
export async function retire(options: RetireOptions, { logger, metrics }: Invocation): Promise<void> {
  const summary = await retireDue({
    ...options,
    onRetired: (retired) => logger.info('credential retired', { ...retired }),
    onFailed: ({ error, ...failed }) =>
      logger.error('credential not retired', { ...failed, reason: `${error.name}: ${error.message}` }),
  })
  logger.info('retiring done', { ...summary })
  metrics.addMetric('CredentialsRetired', MetricUnit.Count, summary.retired)
  metrics.addMetric('CredentialsNotRetired', MetricUnit.Count, summary.failed)
}
