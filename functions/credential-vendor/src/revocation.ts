import type { LambdaClient } from '@aws-sdk/client-lambda'
import type { CutRequest, DeniedSessions } from '@causeway-aws/grants/apps'
import { clientDefaults } from '@causeway-aws/handler'
import * as v from 'valibot'

/** The function that writes what is denied to sessions. */
export interface Revocation {
  cut(request: CutRequest, signal?: AbortSignal): Promise<DeniedSessions>
}

const answerSchema = v.union([
  v.object({ app: v.string(), session: v.string() }),
  v.object({ app: v.string(), before: v.string() }),
])

/** Asks the function of that name. Lambda's client is loaded with the first session that is cut. */
export function revocation(functionName: string): Revocation {
  let client: LambdaClient | undefined
  return {
    async cut(request, signal) {
      const sdk = await import('@aws-sdk/client-lambda')
      client ??= new sdk.LambdaClient(clientDefaults)
      const command = new sdk.InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(request) })
      const { FunctionError, Payload } = await client.send(command, signal && { abortSignal: signal })
      if (FunctionError !== undefined) {
        throw new Error(`The function ${functionName} has cut no session: ${FunctionError}. Its log says why.`)
      }
      return v.parse(answerSchema, JSON.parse(Payload?.transformToString() ?? 'null'))
    },
  }
}
