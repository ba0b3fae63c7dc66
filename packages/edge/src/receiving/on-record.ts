import type { SQSRecord } from 'aws-lambda'
import { untilAborted } from '../until-aborted.ts'
import type { Lane } from './lanes.ts'
import { reasonOf } from './reason.ts'
import type { Staying } from './stay.ts'

/** What is told when a message that was run may be acknowledged, or stays. */
export interface OnRecordSettings {
  /** Nothing is waited for after it. */
  readonly signal: AbortSignal
  readonly staying: Pick<Staying, 'notRecorded' | 'ranAfter'>
  acknowledge?(record: SQSRecord): void
}

/**
 * Makes what waits until the audit has the first message of what is left of a lane on record, one after the other within
 * a lane. When a record is refused, what was run after it stays with it: it must not be gone already when that is run
 * again. Never rejects.
 */
export function onRecord(settings: OnRecordSettings): (left: Lane, recorded: Promise<void>) => Promise<void> {
  const { signal, staying, acknowledge } = settings
  /** By the last message of a lane, which all that is left of it has in common: the first of it that stays. */
  const refusals = new WeakMap<SQSRecord, Promise<SQSRecord | undefined>>()

  async function refusal(
    record: SQSRecord,
    recorded: Promise<void>,
    before: Promise<SQSRecord | undefined> | undefined,
  ): Promise<SQSRecord | undefined> {
    const refused = await before
    if (refused) {
      staying.ranAfter(record, refused)
      return refused
    }
    try {
      await untilAborted(recorded, signal)
    } catch (error) {
      staying.notRecorded(record, reasonOf(error))
      return record
    }
    acknowledge?.(record)
    return undefined
  }

  return async (left, recorded) => {
    const last = left.at(-1) ?? left[0]
    const refused = refusal(left[0], recorded, refusals.get(last))
    refusals.set(last, refused)
    await refused
  }
}
