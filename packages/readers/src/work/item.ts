import { CausewayError } from '@causeway-aws/auth'
import { createMessage, type Message } from '@causeway-aws/edge'
import * as v from 'valibot'
import { idOf } from '../sinks/record-message.ts'

/**
 * One partition, to be drained now. It holds for one epoch: when the partition was claimed again since, whoever did has
 * put back what was left, and this item is nothing any more.
 */
export interface WorkItem {
  readonly source: string
  readonly partition: string
  readonly epoch: number
}

const itemSchema = v.strictObject({
  source: v.string(),
  partition: v.string(),
  epoch: v.pipe(v.number(), v.integer(), v.minValue(0)),
})

export const workItemType = 'work-item'

/** A work item as a message: the same item is the same message, and items of a partition come one after the other. */
export function workMessage({ source, partition, epoch }: WorkItem): Message {
  return createMessage({
    type: workItemType,
    body: JSON.stringify({ source, partition, epoch } satisfies WorkItem),
    trackingId: idOf([source, partition, `${epoch}`]),
    groupId: idOf([source, partition]),
  })
}

/** A message on the queue of work items is none. */
class WorkItemError extends CausewayError {
  constructor(fault: string) {
    super(`The message is no work item: ${fault}. Only the planner, and readers, may send to their queue.`, {
      code: 'WorkItemError',
    })
  }
}

/** @throws {WorkItemError} when it is none, or one of another source. */
export function workItemOf({ body }: Message, source: string): WorkItem {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), itemSchema), body)
  if (!parsed.success) throw new WorkItemError('its body is not that of one')
  if (parsed.output.source !== source)
    throw new WorkItemError(`it is of the source ${parsed.output.source}, and not of ${source}`)
  return parsed.output
}
