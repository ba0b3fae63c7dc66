import type { Logger } from '@aws-lambda-powertools/logger'
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Grants } from '@causeway-aws/grants'

interface Invocation {
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Revokes what has ended, and tells of each in the log and of all in the metrics. */
export async function expire(
  grants: Pick<Grants, 'revokeExpired'>,
  { signal, logger, metrics }: Invocation,
): Promise<void> {
  const summary = await grants.revokeExpired({
    signal,
    onRevoked: ({ grant: { id, name, partner, until }, done, waitsFor }) =>
      logger.info('grant revoked', { grant: id, name, partner, until, done, waitsFor }),
    onFailed: ({ grant, error }) =>
      logger.error('grant not revoked', {
        grant: grant?.id,
        name: grant?.name,
        partner: grant?.partner,
        until: grant?.until,
        reason: `${error.name}: ${error.message}`,
      }),
  })
  logger.info('expiry done', { ...summary })
  metrics.addMetric('GrantsRevoked', MetricUnit.Count, summary.revoked)
  metrics.addMetric('GrantsNotRevoked', MetricUnit.Count, summary.failed)
}
