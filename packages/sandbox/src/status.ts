import { ADMINISTRATOR, accountNames } from './accounts.ts'
import type { AccountName, RunningStatus, StackStatus } from './contract.ts'
import { clientOptions, credentialsOf } from './credentials.ts'
import { endpointOf } from './health.ts'
import { runningKafka } from './kafka/cluster.ts'
import type { Layout } from './layout.ts'
import { REGION } from './region.ts'
import type { Running } from './running.ts'

/** What is to be said of a running sandbox. */
export async function statusOf(layout: Layout, { server, health, keys }: Running): Promise<RunningStatus> {
  const endpoint = endpointOf(server.port)
  const all = accountNames.map((name) => ({ name, ...credentialsOf(endpoint, keys, name) }))
  const kafka = await runningKafka(layout)
  const stacks = await Promise.all(all.map(({ name, ...credentials }) => stacksOf(name, clientOptions(credentials))))
  return {
    running: true,
    port: server.port,
    endpoint,
    region: REGION,
    pid: server.pid,
    version: health.version,
    keep: server.keep,
    logFile: layout.logFile,
    accounts: all.map(({ name, accountId }) => ({
      name,
      accountId,
      userArn: `arn:aws:iam::${accountId}:user/${ADMINISTRATOR}`,
    })),
    stacks: stacks.flat(),
    ...(kafka && { kafka }),
  }
}

async function stacksOf(account: AccountName, options: ReturnType<typeof clientOptions>): Promise<StackStatus[]> {
  const { CloudFormationClient, paginateDescribeStacks } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient(options)
  const stacks: StackStatus[] = []
  for await (const page of paginateDescribeStacks({ client }, {})) {
    for (const { StackName = '', StackStatus = '' } of page.Stacks ?? []) {
      stacks.push({ account, name: StackName, status: StackStatus })
    }
  }
  return stacks
}
