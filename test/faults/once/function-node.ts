import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '@causeway-aws/sandbox'
// @boundaries-ignore what functions/edge-trigger/src/process.ts does is the checkout's owner's to say
import { hookedEdge } from '../../../packages/cli/src/demo/hooked-edge.ts'
import { sandboxDirectory } from '../../sandbox.ts'
import { callThrough } from '../shipments.ts'
import { deployEdge, tableOf } from './edge.ts'
import type { Node, NodeSettings } from './node.ts'

/** A node that is the function of an edge. */
export async function functionNode(settings: NodeSettings): Promise<Node> {
  const { sandbox, name, proxy } = settings
  const home = clientOptions(await sandbox.credentials('home'))
  const lambda = new LambdaClient(home)
  await using edge = await hookedEdge(sandboxDirectory(), join(import.meta.dirname, 'process.ts'))
  const {
    QueueUrl = '',
    DeadLetterQueueUrl = '',
    FunctionName = '',
  } = await deployEdge(settings, join(edge.infra, 'edge.yaml'))
  await callThrough(proxy, FunctionName, lambda)
  // A message whose run was killed can be run again when the invocation would have ended; the slowest run has to fit into
  // what the drain margin leaves of that, on a busy machine, too.
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout: 8 }))
  const quickly = new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: '1' } })
  await new SQSClient(home).send(quickly)
  const { EventSourceMappings: [mapping] = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName }),
  )
  const trigger = async (Enabled: boolean) => {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping?.UUID, Enabled }))
  }
  const status = await sandbox.status()
  if (!status.running) throw new Error('The sandbox is not running.')
  return {
    queueUrl: QueueUrl,
    deadLetterQueueUrl: DeadLetterQueueUrl,
    tableName: tableOf(name),
    begin: () => trigger(true),
    async kill() {
      const pids = await workersOf(status.pid, FunctionName)
      for (const pid of pids) process.kill(pid, 'SIGKILL')
      return pids.length
    },
    end: () => trigger(false),
    [Symbol.asyncDispose]: () => trigger(false),
  }
}

/** The processes in which the emulator runs a function: its children, each in a folder that is named after the function. */
async function workersOf(server: number, functionName: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', 'pid=,ppid=,args='])
  return stdout.split('\n').flatMap((line) => {
    const [pid, parent, ...command] = line.trim().split(/\s+/)
    const ours = Number(parent) === server && command.join(' ').includes(`/ministack-lambda-${functionName}-`)
    return ours ? [Number(pid)] : []
  })
}
