import { objectsIn, type S3Object } from '@causeway-aws/readers'
import { plan, type Reader, ReaderEventError, type ReaderInvocation } from '@causeway-aws/readers/function'
import type { SQSBatchResponse } from 'aws-lambda'
import * as v from 'valibot'

const event = v.object({
  Records: v.pipe(
    v.array(v.object({ eventSource: v.literal('aws:sqs'), messageId: v.string(), body: v.string() })),
    v.minLength(1),
  ),
})

/**
 * Makes work items of the objects that a queue's notifications name. What is no notification of this bucket and prefix, or
 * does not say the size and ETag of what came, stays in the queue, and is given up by it.
 */
export async function planAnnounced(
  received: unknown,
  scope: Parameters<typeof objectsIn>[1],
  { drainable: { source }, work }: Reader,
  { signal, logger }: ReaderInvocation,
): Promise<SQSBatchResponse> {
  if (!v.is(event, received)) throw new ReaderEventError('it is no plan, no work item and no notification of S3')
  if (!work) throw new ReaderEventError('to plan it needs CHECKPOINT_TABLE and WORK_QUEUE')
  const objects: S3Object[] = []
  const strange: string[] = []
  for (const { messageId, body } of received.Records) {
    const named = objectsIn(body, scope)
    if (named) objects.push(...named)
    else strange.push(messageId)
  }
  const { name } = source
  const announced = {
    name,
    async *partitions() {
      yield* objects
    },
  }
  const planned = await plan({ source: announced, checkpoints: work.checkpoints, work: work.queue, signal })
  logger.info('announced', { ...planned })
  if (strange.length > 0)
    logger.error('what is no notification of the bucket and prefix, or without size and ETag', { messages: strange })
  return { batchItemFailures: strange.map((itemIdentifier) => ({ itemIdentifier })) }
}
