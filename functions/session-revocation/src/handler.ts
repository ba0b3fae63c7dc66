import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { cutStore, type DeniedSessions, sessionCutter } from '@causeway-aws/grants/apps'
import { clientDefaults, createHandler, text } from '@causeway-aws/handler'
import { cutRequest } from './request.ts'

/** Has the role of an app deny everything to one session, or to all that were issued before a time, and does nothing else. */
export const handler = createHandler(
  {
    name: 'session-revocation',
    configuration: { table: text({ example: 'causeway-grants' }) },
    clients: {
      dynamodb: () => new DynamoDBClient(clientDefaults),
      iam: () => new IAMClient(clientDefaults),
    },
  },
  async (event: unknown, { config: { table }, clients, signal, logger, metrics }): Promise<DeniedSessions> => {
    const { app, session, before, by } = cutRequest(event)
    const cutter = sessionCutter({
      store: cutStore(table, async () => clients.dynamodb),
      async put(RoleName, PolicyName, policy) {
        const command = new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: JSON.stringify(policy) })
        await clients.iam.send(command, { abortSignal: signal })
      },
    })
    const denied = await cutter.cut(app, { session, before: new Date(before) }, by)
    logger.info('sessions cut', { ...denied, by })
    metrics.addMetric('SessionsCut', MetricUnit.Count, 1)
    return denied
  },
)
