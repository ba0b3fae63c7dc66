import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Problem } from './problem.ts'

/** Which session is to be cut; undefined for all of them, so what is misspelt or said twice is refused. */
export function sessionAsked({ rawQueryString = '' }: APIGatewayProxyEventV2): string | undefined {
  const asked = [...new URLSearchParams(rawQueryString)]
  const [first] = asked
  if (first === undefined) return undefined
  if (asked.length === 1 && first[0] === 'session') return first[1]
  throw new Problem(
    400,
    'QueryRefused',
    'The query must be ?session=NAME, for one session, or nothing, for all of them, and hold nothing else.',
  )
}
