import { arnParts } from '@causeway-aws/auth'
import type { App } from '@causeway-aws/grants/apps'

/** What an app is told of itself: what it uses, and not who else may ask for it. */
export function shown({ app, tenant, kind, state, maxDuration, edges, bodies, audit, table }: App): object {
  return {
    app,
    tenant,
    kind,
    state,
    maxDuration,
    edges: edges.map((edge) => ({ ...edge, queueUrl: queueUrl(edge.queueArn) })),
    bodies,
    ...(audit && { audit }),
    ...(table && { table }),
  }
}

/** Where SQS takes what is for a queue. */
export function queueUrl(queueArn: string): string {
  const { region, account, resource, partition } = arnParts(queueArn)
  return `https://sqs.${region}.amazonaws.com${partition === 'aws-cn' ? '.cn' : ''}/${account}/${resource}`
}
