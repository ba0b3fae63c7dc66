import type { AuditOutcome, Message } from '@causeway-aws/edge'
import { type TracedMessage, traceAudit } from '@causeway-aws/edge/audit'
import { expect } from 'vitest'
import { fraction } from '../seeded.ts'
import { messageCount, seed } from '../settings.ts'
import type { NodeAudit } from './audit.ts'
import type { Plan } from './messages.ts'

/** Of the good ones, and of the bad ones, so many are traced: each time the whole audit is read, so a short run has fewer. */
const traced = messageCount < 1_000 ? 2 : 5

/**
 * Expects that an audit is as it was written, under a digest of all of it, and that it says of each message what became
 * of it at the node. A message may have several records: a node that is killed between the record and the deletion gets
 * the message again.
 */
export async function expectAccounted(
  audit: NodeAudit,
  { messages, good, bad }: Plan,
  { node, nextNode }: { node: string; nextNode?: string | undefined },
): Promise<void> {
  await audit.digest()
  const { findings, totals } = await audit.verify()
  expect(findings).toEqual([])
  expect(totals?.notYetDigested).toBe(0)
  process.stdout.write(
    `${node}: ${totals?.records} records in ${totals?.objects} objects, ${totals?.digests} digests\n`,
  )

  const expected = new Map(messages.map((message) => [message.trackingId, outcomeOf(message)]))
  const unrecorded = new Set(expected.keys())
  const wrong: string[] = []
  for (const { trackingId, targetNode, outcome } of await audit.records()) {
    if (targetNode !== node) continue
    unrecorded.delete(trackingId)
    if (outcome !== expected.get(trackingId)) wrong.push(`${trackingId} ${outcome}`)
  }
  expect({ unrecorded: [...unrecorded], wrong }).toEqual({ unrecorded: [], wrong: [] })

  for (const message of [...drawn(good), ...drawn(messages.filter(({ body }) => bad.has(body)))]) {
    const outcome = outcomeOf(message)
    const end = { records: [{ node: nextNode, outcome }], children: [] }
    expect(await wayOf(message, audit)).toEqual([
      {
        records: [{ node, outcome }],
        children: outcome === 'processed' && nextNode !== undefined ? [end] : [],
      },
    ])
  }

  function outcomeOf({ body }: Message): AuditOutcome {
    return bad.has(body) ? 'dead' : 'processed'
  }
}

/** Some of these, the same ones for the same seed. */
function drawn(messages: readonly Message[]): Message[] {
  const share = ({ body }: Message) => fraction(`${seed} traced ${JSON.parse(body).number}`)
  return messages.toSorted((a, b) => share(a) - share(b)).slice(0, traced)
}

interface Step {
  readonly records: { readonly node: string; readonly outcome: AuditOutcome }[]
  readonly children: Step[]
}

async function wayOf({ trackingId }: Message, { store }: NodeAudit): Promise<Step[]> {
  return (await traceAudit(trackingId, { stores: [store] })).map(stepOf)
}

/** What was recorded more than once is there once. */
function stepOf({ records, children }: TracedMessage): Step {
  const different = new Map(records.map(({ targetNode: node, outcome }) => [`${node} ${outcome}`, { node, outcome }]))
  return { records: [...different.values()], children: children.map(stepOf) }
}
