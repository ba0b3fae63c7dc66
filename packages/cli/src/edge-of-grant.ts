import type { ExportedGrant } from '@causeway-aws/grants'
import type { BodyFlags } from './body-options.ts'
import type { EdgeFlags } from './edge-queue.ts'
import { UsageError } from './exit.ts'

/** An edge as a person named it, or a grant. */
export interface GrantedEdgeFlags extends Omit<EdgeFlags, 'edge'>, BodyFlags {
  edge: string | undefined
  grant?: string
}

/** The flags with which the same would be done without a grant: it names the edge, who one is to it, and its bucket for bodies. */
export async function edgeOfGrant(
  command: string,
  action: 'receive' | 'send',
  { grant: path, ...flags }: GrantedEdgeFlags,
): Promise<EdgeFlags & BodyFlags> {
  const { edge, roleArn, externalIdFrom } = flags
  if (path === undefined) {
    if (edge !== undefined) return { ...flags, edge }
    throw new UsageError(`${command}: say which edge, or give a grant of one by --grant. Add --help to see how.`)
  }
  if (edge !== undefined) throw new UsageError(`${command}: --grant names the edge, so leave out ${edge}.`)
  if (roleArn !== undefined || externalIdFrom !== undefined) {
    throw new UsageError(
      '--grant: it names the role and its ExternalId, so leave out --role-arn and --external-id-from.',
    )
  }
  const { readExportedGrant, stillGood } = await import('./grant.ts') // with all that makes grants
  const grant = stillGood(path, await readExportedGrant(path))
  const { queue, actions, region = flags.region, bodies } = grant
  if (queue === undefined) {
    throw new UsageError(`--grant ${path}: ${kindOf(grant, path)}, and ${command} is for an edge.`)
  }
  if (actions !== undefined && !actions.includes(action)) {
    const name = queue.slice(queue.lastIndexOf(':') + 1)
    throw new UsageError(
      `--grant ${path}: it is to ${actions.join(' and ')}, and not to ${action}. Ask the owner of ${name} for a grant to ${action}.`,
    )
  }
  return {
    ...flags,
    edge: queue,
    roleArn: grant.roleArn,
    ...(grant.externalIdFrom && { externalIdFrom: grant.externalIdFrom }),
    ...(region && { region }),
    ...(bodies &&
      flags.bodiesBucket === undefined && {
        bodiesBucket: bodies.bucket,
        bodiesPrefix: flags.bodiesPrefix ?? bodies.prefix,
      }),
  }
}

function kindOf({ stream, bucket, cluster, topic }: ExportedGrant, path: string): string {
  const used = (what: string, command: string) => `it is of ${what} (causeway ${command} read --grant ${path})`
  if (stream !== undefined) return used('a stream', 'kinesis')
  if (bucket !== undefined) return used('a bucket', 's3')
  if (topic !== undefined || cluster !== undefined) return used('a topic', 'kafka')
  return 'it names no queue'
}
