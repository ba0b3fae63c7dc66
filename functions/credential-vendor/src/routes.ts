import { iamPolicy } from '@causeway-aws/grants/apps'
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { EntryContext } from './entry-context.ts'
import { appName } from './find-app.ts'
import { answerOf, Problem } from './problem.ts'
import { durationAsked } from './request.ts'
import { sessionAsked } from './session-asked.ts'
import { shown } from './show-app.ts'

/** Answers the routes of one app each. */
export async function answerEvent(
  event: APIGatewayProxyEventV2,
  context: EntryContext,
): Promise<APIGatewayProxyStructuredResultV2> {
  try {
    const body = JSON.stringify(await answer(event, context))
    return { statusCode: 200, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' }, body }
  } catch (error) {
    return answerOf(context.problemFor(error))
  }
}

/** What a request is answered with, by its route. Rejects with what `problemOf` knows. */
async function answer(event: APIGatewayProxyEventV2, { tokens, vendor, signal }: EntryContext): Promise<object> {
  const holder = await tokens.holderOf(event.headers)
  const name = appName(event.pathParameters?.app ?? '')
  switch (event.routeKey) {
    case 'POST /apps/{app}/credentials':
      return vendor.vend(name, holder, { duration: durationAsked(event), signal })
    case 'DELETE /apps/{app}/sessions':
      return vendor.cutSessions(name, holder, { session: sessionAsked(event), signal })
    case 'GET /apps/{app}':
      return shown(await vendor.app(name, holder))
    case 'GET /apps/{app}/iam-policy':
      return iamPolicy(await vendor.app(name, holder)) ?? { Version: '2012-10-17', Statement: [] }
  }
  throw new Problem(
    404,
    'NoSuchRoute',
    'There is no such route. There are /apps/{app}, /apps/{app}/credentials, /apps/{app}/sessions, /apps/{app}/iam-policy and /graphql.',
  )
}
