import { MetricUnit } from '@aws-lambda-powertools/metrics'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { STSClient } from '@aws-sdk/client-sts'
import { appStore, appThrottle, credentialVendor } from '@causeway-aws/grants/apps'
import { clientDefaults, createHandler, integer, text } from '@causeway-aws/handler'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { answerGraphqlEvent } from './graphql-entry.ts'
import { Problem, problemOf } from './problem.ts'
import { revocation } from './revocation.ts'
import { answerEvent } from './routes.ts'
import { userPoolTokens } from './token.ts'

/** How often an app may have sessions cut in a minute: each time a policy of its role is written. */
const cutsPerMinute = 10

/** Gives apps their credentials, and tells them what they may do, over an HTTP API. */
export const handler = createHandler(
  {
    name: 'credential-vendor',
    configuration: {
      table: text({ example: 'causeway-grants' }),
      userPoolId: text({ example: 'eu-west-1_EXAMPLE' }),
      clientId: text({ example: 'exampleclientid' }),
      revocationFunction: text({ example: 'causeway-credentials-revocation' }),
      asksPerMinute: integer({ min: 1, max: 10_000, default: 60 }),
      awsEndpointUrl: text({ default: '' }),
    },
    clients: {
      dynamodb: () => new DynamoDBClient(clientDefaults),
      sts: () => new STSClient(clientDefaults),
      revocation: ({ revocationFunction }) => revocation(revocationFunction),
      tokens: ({ userPoolId, clientId, awsEndpointUrl }) =>
        userPoolTokens({ userPoolId, clientId, endpoint: awsEndpointUrl }),
    },
  },
  async (
    event: APIGatewayProxyEventV2,
    { config: { table, asksPerMinute }, clients, signal, logger, metrics },
  ): Promise<APIGatewayProxyStructuredResultV2> => {
    const vendor = credentialVendor({
      store: appStore(table, async () => clients.dynamodb),
      sts: clients.sts,
      throttle: appThrottle(table, clients.dynamodb, asksPerMinute),
      cutThrottle: appThrottle(table, clients.dynamodb, cutsPerMinute, 'app-cut'),
      cut: async (request, signal) => {
        const denied = await clients.revocation.cut(request, signal)
        logger.info('sessions cut', { ...denied, subject: request.by })
        return denied
      },
      onVended: (session) => {
        logger.info('credentials given', { ...session })
        metrics.addMetric('CredentialsGiven', MetricUnit.Count, 1)
      },
    })
    const problemFor = (error: unknown): Problem => {
      const problem = problemOf(error)
      if (problem) {
        const { status, code, message: detail } = problem
        logger.info('refused', { app: event.pathParameters?.app, status, code, detail })
        return problem
      }
      logger.error('The request could not be answered.', { error })
      metrics.addMetric('RequestsFailed', MetricUnit.Count, 1)
      return new Problem(503, 'NotNow', 'The request could not be answered now. Try again in a minute.', {
        'retry-after': '60',
      })
    }
    const context = { tokens: clients.tokens, vendor, signal, problemFor }
    return event.routeKey === 'POST /graphql' ? answerGraphqlEvent(event, context) : answerEvent(event, context)
  },
)
