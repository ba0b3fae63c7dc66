import { createHash } from 'node:crypto'
import type { UpdateItemCommandInput } from '@aws-sdk/client-dynamodb'
import type { SendMessageBatchCommandInput, SendMessageCommandInput } from '@aws-sdk/client-sqs'
import type { Call, Fault, Injector } from './proxy.ts'

/** A fault, and the share of calls that it befalls: 0 to 1. */
export type Rate = readonly [fault: Fault, share: number]

/**
 * Injects faults by chance, but the same ones for the same seed: what befalls a call depends on what it says and on how
 * often it was said before, and so not on the order in which concurrent calls happen to arrive.
 */
export function seeded(seed: number, rates: readonly Rate[]): Injector {
  const said = new Map<string, number>()
  return (call) => {
    const content = contentOf(call)
    const times = (said.get(content) ?? 0) + 1
    said.set(content, times)
    let chance = fraction(`${seed} ${content} ${times}`)
    for (const [fault, share] of rates) {
      chance -= share
      if (chance < 0) return fault
    }
    return undefined
  }
}

/** A fault that lasts for some calls. */
interface Outage {
  readonly fault: Fault
  readonly calls: number
}

/** Injects a fault into the first calls that send one message, named by its body, to a queue. */
export function outageOf(queueUrl: string, body: string, { fault, calls }: Outage): Injector {
  let left = calls
  return (call) => {
    if (left === 0 || !call.body.includes(`"${queueUrl}"`) || !bodiesOf(call).includes(body)) return undefined
    left -= 1
    return fault
  }
}

/** What a call is about. Receipt handles are not the same another time. */
function contentOf(call: Call): string {
  return [call.action, rowOf(call), ...bodiesOf(call)].join(' ')
}

/** The row that a call writes, and what it makes of it. */
function rowOf({ action, body }: Call): string {
  if (action !== 'UpdateItem') return ''
  const { Key, ExpressionAttributeValues }: UpdateItemCommandInput = JSON.parse(body)
  return JSON.stringify([Key, ExpressionAttributeValues?.[':status']])
}

/** The bodies of the messages that a call sends. */
export function bodiesOf({ action, body }: Call): string[] {
  if (action === 'SendMessage') return [(JSON.parse(body) as SendMessageCommandInput).MessageBody ?? '']
  if (action !== 'SendMessageBatch') return []
  const { Entries = [] }: SendMessageBatchCommandInput = JSON.parse(body)
  return Entries.map(({ MessageBody = '' }) => MessageBody)
}

/** A number from 0 up to 1 that looks random and depends on the text only. */
export function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE() / 2 ** 32
}
