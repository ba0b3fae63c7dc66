import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { EntryContext } from './entry-context.ts'
import type { Problem } from './problem.ts'
import { queries } from './queries.ts'
import { bodyOf } from './request.ts'

/** Many times what EchoStream's clients ask by. */
const longestRequest = 16_384

/**
 * Answers `POST /graphql`. A request that is refused as a whole has no data; what is refused of one field is null there, beside the
 * others. GraphQL itself is loaded when it is first asked for.
 */
export async function answerGraphqlEvent(
  event: APIGatewayProxyEventV2,
  { tokens, vendor, signal, problemFor }: EntryContext,
): Promise<APIGatewayProxyStructuredResultV2> {
  const told = (error: unknown) => errorOf(problemFor(error))
  try {
    const body = bodyOf(event, longestRequest, ': {"query": "...", "variables": {}}')
    const caller = await tokens.holderOf(event.headers, { access: true })
    const { answerGraphql } = await import('./graphql/answer.ts')
    const answer = await answerGraphql({ headers: event.headers, body }, queries({ vendor, caller, signal }), told)
    return { statusCode: answer.status, headers: { ...answer.headers, 'cache-control': 'no-store' }, body: answer.body }
  } catch (error) {
    const problem = problemFor(error)
    const accepted = event.headers.accept?.includes('application/graphql-response+json')
    return {
      statusCode: problem.status,
      headers: {
        'content-type': `application/${accepted ? 'graphql-response+' : ''}json; charset=utf-8`,
        'cache-control': 'no-store',
        ...problem.headers,
      },
      body: JSON.stringify({ errors: [errorOf(problem)] }),
    }
  }
}

/** As the specification of GraphQL has an error, with our code of it beside. */
const errorOf = ({ code, message, headers }: Problem) => ({
  message,
  extensions: { code, ...(headers['retry-after'] && { retryAfter: Number(headers['retry-after']) }) },
})
