import { AppNotFound, type CredentialVendor, iamPolicy } from '@causeway-aws/grants/apps'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { Problem } from './problem.ts'
import { durationAsked } from './request.ts'
import { shown } from './show-app.ts'
import type { Tokens } from './token.ts'

interface RouteContext {
  readonly tokens: Tokens
  readonly vendor: CredentialVendor
  readonly signal: AbortSignal
}

/** What a request is answered with, by its route. Rejects with what `problemOf` knows. */
export async function answer(event: APIGatewayProxyEventV2, { tokens, vendor, signal }: RouteContext): Promise<object> {
  const holder = await tokens.holderOf(event.headers)
  const name = event.pathParameters?.app ?? ''
  // As of any other app that is not there; what is no name is not looked up.
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name)) throw new AppNotFound(name.slice(0, 32))
  switch (event.routeKey) {
    case 'POST /apps/{app}/credentials':
      return vendor.vend(name, holder, { duration: durationAsked(event), signal })
    case 'GET /apps/{app}':
      return shown(await vendor.app(name, holder))
    case 'GET /apps/{app}/iam-policy':
      return iamPolicy(await vendor.app(name, holder)) ?? { Version: '2012-10-17', Statement: [] }
  }
  throw new Problem(
    404,
    'NoSuchRoute',
    'There is no such route. There are /apps/{app}, /apps/{app}/credentials and /apps/{app}/iam-policy.',
  )
}
