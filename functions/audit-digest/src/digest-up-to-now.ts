import type { Logger } from '@aws-lambda-powertools/logger'
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import { type DigestOptions, type WrittenDigest, writeDigest } from '@causeway-aws/edge/audit'

interface Invocation {
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly metrics: Metrics
}

/** Writes one digest, and after a pause as many as it takes; what is left when the time is over the next run does. */
export async function digestUpToNow(options: DigestOptions, { signal, logger, metrics }: Invocation): Promise<void> {
  let written: WrittenDigest | undefined
  do {
    written = await writeDigest(options)
    if (written === undefined) {
      logger.info('another run wrote this digest')
      return
    }
    const { findings, ...said } = written
    logger.info('digest written', said)
    for (const { message, ...finding } of findings) logger.error('audit finding', { ...finding, reason: message })
    metrics.addMetric('AuditDigests', MetricUnit.Count, 1)
    metrics.addMetric('AuditFindings', MetricUnit.Count, findings.length)
  } while (!written.complete && !signal.aborted)
}
