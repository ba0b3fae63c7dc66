import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SQSClient } from '@aws-sdk/client-sqs'
import { createEdge, type Edge, type Message } from '@causeway-aws/edge'
import { clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { expect } from 'vitest'
import { sandboxDirectory } from '../../sandbox.ts'
import { compare, exactlyOnce } from '../deliveries.ts'
import { startFaultProxy } from '../proxy.ts'
import { createQueue, sizeOf } from '../queue.ts'
import { report } from '../soak/rounds.ts'
import { expectAccounted } from './accounting.ts'
import { deployAudit } from './audit.ts'
import { effectsOf } from './effects.ts'
import { kills, refusals, soon } from './faults.ts'
import { takeLetters } from './letters.ts'
import { planOf } from './messages.ts'
import { maxAttempts, type Node, type NodeSettings } from './node.ts'
import { watchRecords } from './recorded.ts'

interface Run {
  readonly title: string
  readonly name: string
  readonly fifo: boolean
  readonly createNode: (settings: NodeSettings) => Promise<Node>
}

/** Takes all messages through a node that is killed and refused, and expects that each comes to its end once, on the record. */
export async function runUnderFaults(sandbox: Sandbox, { title, name, fifo, createNode }: Run): Promise<void> {
  const home = clientOptions(await sandbox.credentials('home'))
  const owner = new SQSClient(home)
  await using proxy = await startFaultProxy(home.endpoint)
  await using target = await createQueue(owner, { fifo })
  const audit = await deployAudit(sandbox, name)
  await using node = await createNode({ sandbox, name, fifo, target, audit, proxy })
  const plan = planOf(await mkdtemp(join(sandboxDirectory(), 'runs-')), { fifo })
  const { messages, good, bad } = plan
  const sent = await send(createEdge({ queueUrl: node.queueUrl, client: owner }), messages, fifo)

  const killing = kills(node.kill)
  const refusing = refusals()
  const passing = soon(owner)
  const recorded = watchRecords(proxy)
  proxy.inject = (call) => killing(call) ?? passing(call) ?? refusing(call)
  const begun = performance.now()
  await node.begin()
  await emptied()
  const seconds = (performance.now() - begun) / 1000
  await node.end()

  const rate = `${Math.round(messages.length / seconds)} a second`
  report(`${title}, ${fifo ? 'FIFO' : 'standard'}, ${rate}`, { messages: messages.length, bad: bad.size }, proxy)
  expect(killing.killed).toHaveLength(3)
  for (const killed of killing.killed) expect(killed).toBeGreaterThan(0)
  const letters = await takeLetters(owner, node.deadLetterQueueUrl)
  expect(new Set(letters.map(({ body }) => body))).toEqual(bad)
  for (const { reason, attempts } of letters) {
    expect([reason, attempts]).toEqual(['Error: it fails before it sends', `${maxAttempts}`])
  }
  if (fifo) expect(letters).toHaveLength(bad.size)
  const effects = fifo ? await target.drain() : await effectsOf(target, { ...node, ...audit.store }, home)
  const { lost, repeated, overtaken } = compare(good, effects)
  expect({ lost, repeated, overtaken: fifo ? overtaken : [] }).toEqual(exactlyOnce)
  await expectAccounted(audit, plan, { node: name, ...(!fifo && { nextNode: 'target' }) })

  /**
   * Resolves when nothing is left on the edge. What has left it must be at the target or among the dead letters, and on
   * the record.
   */
  async function emptied(): Promise<void> {
    let shown = performance.now()
    for (let left = messages.length; left > 0; await sleep(1_000)) {
      // In this order: what has left the edge by now has arrived before.
      left = await sizeOf(owner, node.queueUrl)
      const [arrived, givenUp] = [await target.size(), await sizeOf(owner, node.deadLetterQueueUrl)]
      expect(left + arrived + givenUp).toBeGreaterThanOrEqual(messages.length)
      expect(left).toBeGreaterThanOrEqual(recorded.missing(sent))
      if (performance.now() - shown < 30_000) continue
      shown = performance.now()
      await audit.digest()
      process.stdout.write(
        `${title}, ${fifo ? 'FIFO' : 'standard'}: ${left} left, ${arrived} arrived, ${givenUp} given up, ${killing.killed.length} times killed\n`,
      )
    }
  }
}

/** Sends in pieces, and answers what was sent. On a standard edge a fifth of each comes once more, and a tenth a third time. */
async function send(edge: Edge, messages: readonly Message[], fifo: boolean): Promise<Message[]> {
  const sent: Message[] = []
  for (let start = 0; start < messages.length; start += 100) {
    const piece = messages.slice(start, start + 100)
    for (const nth of fifo ? [1] : [1, 5, 10]) {
      const copies = piece.filter((_, index) => index % nth === 0)
      await edge.send(copies)
      sent.push(...copies)
    }
  }
  return sent
}
