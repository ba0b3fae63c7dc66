import * as v from 'valibot'
import { VendorRefused } from './vendor-refused.ts'
import { askVendor } from './vendor-request.ts'

interface EchostreamApp {
  /** Of AppSync: https://….appsync-api.us-east-1.amazonaws.com/graphql */
  endpoint: string
  app: string
  tenant: string
  duration: number | undefined
}

/** As EchoStream's own client has it, since the fields of its apps are each kind's own. */
const credentials = 'GetAwsCredentials(duration: $duration) { accessKeyId secretAccessKey sessionToken expiration }'
const query = `query getAwsCredentials($app: String!, $tenant: String!, $duration: Int!) {
  GetApp(name: $app, tenant: $tenant) {
    ... on CrossAccountApp { ${credentials} }
    ... on ExternalApp { ${credentials} }
    ... on ManagedApp { ${credentials} }
  }
}`

const answerSchema = v.object({
  data: v.nullish(v.object({ GetApp: v.nullish(v.object({ GetAwsCredentials: v.nullish(v.unknown()) })) })),
  errors: v.optional(
    v.array(v.object({ message: v.string(), extensions: v.nullish(v.object({ code: v.optional(v.string()) })) })),
    [],
  ),
})

/** What passes by itself, of the codes that `functions/credential-vendor` gives; AppSync says it by the status. */
const passing: readonly string[] = ['AppThrottled', 'NotNow']

/** Credentials of an app of EchoStream, by GraphQL. AppSync takes the token without `Bearer`. */
export async function fromEchostream(
  { endpoint, app, tenant, duration = 3_600 }: EchostreamApp,
  token: string,
): Promise<unknown> {
  const { status, isGood, body } = await askVendor(endpoint, token, { query, variables: { app, tenant, duration } })
  const answer = v.safeParse(answerSchema, body)
  if (!answer.success) throw new VendorRefused(app, status, 'its answer is none of GraphQL.')
  const { data, errors } = answer.output
  const [error] = errors
  if (error !== undefined) {
    const retryable = passing.includes(error.extensions?.code ?? '') || status === 429 || status >= 500
    throw new VendorRefused(app, status, error.message, { retryable })
  }
  if (!isGood) throw new VendorRefused(app, status, 'it does not say why.')
  if (!data?.GetApp) throw new VendorRefused(app, status, `the tenant ${tenant} has no such app for this user.`)
  return data.GetApp.GetAwsCredentials
}
