import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect } from 'vitest'
import { root, variablesOf } from '../../sandbox.ts'
import type { Consuming } from './consume.ts'
import { deployEdge, tableOf } from './edge.ts'
import { maxAttempts, type Node, type NodeSettings } from './node.ts'

/** A node that is a process of its own. */
export async function consumerNode(settings: NodeSettings): Promise<Node> {
  const { name, proxy, target, audit } = settings
  const outputs = await deployEdge(settings, join(root, 'infra/edge.yaml'))
  const { QueueUrl: queueUrl = '', DeadLetterQueueUrl: deadLetterQueueUrl = '' } = outputs
  const tableName = tableOf(name)
  const consuming: Consuming = {
    node: name,
    queueUrl,
    deadLetterQueueUrl,
    tableName,
    targetUrl: target.url,
    auditBucket: audit.store.bucket,
    maxAttempts,
  }
  const env = await variablesOf('home')
  let child: ChildProcess | undefined

  async function begin(): Promise<void> {
    const script = join(import.meta.dirname, 'consume.ts')
    const args = ['--conditions=causeway-source', script, JSON.stringify(consuming)]
    child = spawn(process.execPath, args, {
      env: { ...env, AWS_ENDPOINT_URL: proxy.endpoint },
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    await once(child, 'spawn')
  }

  async function endBy(signal: NodeJS.Signals): Promise<unknown[]> {
    if (child === undefined) throw new Error('The consumer was not begun.')
    const ended = once(child, 'exit')
    child.kill(signal)
    return ended
  }

  return {
    queueUrl,
    deadLetterQueueUrl,
    tableName,
    begin,
    async kill() {
      expect(await endBy('SIGKILL')).toEqual([null, 'SIGKILL'])
      await begin()
      return 1
    },
    async end() {
      expect(await endBy('SIGTERM')).toEqual([0, null])
    },
    async [Symbol.asyncDispose]() {
      child?.kill('SIGKILL')
    },
  }
}
