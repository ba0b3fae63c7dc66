import { GraphQLError } from 'graphql/error'
import { parse } from 'graphql/language'
import { validate } from 'graphql/validation'
import { createHandler } from 'graphql-http'
import { limits, overLimits } from './limits.ts'
import { schema } from './schema.ts'

/** A request as HTTP has it, of which it is known who asks. */
export interface GraphqlRequest {
  headers: Readonly<Record<string, string | undefined>>
  body: string
}

export interface GraphqlAnswer {
  status: number
  headers: Readonly<Record<string, string>>
  body: string
}

/** How an error of a field is told; what the language itself refuses is told as it is. */
export type ToldError = (error: Error) => { message: string; extensions: Readonly<Record<string, unknown>> }

/**
 * Answers a request as GraphQL over HTTP has it: https://graphql.github.io/graphql-over-http/draft/
 *
 * @param root - The fields of `Query` by name, each a function of its arguments.
 */
export async function answerGraphql(
  { headers, body }: GraphqlRequest,
  root: object,
  told: ToldError,
): Promise<GraphqlAnswer> {
  const handle = createHandler({
    schema,
    rootValue: root,
    parse: (source) => parse(source, { maxTokens: limits.tokens }),
    validate: (schema, document, rules) => {
      const over = overLimits(document)
      return over ? [over] : validate(schema, document, rules, { maxErrors: 5 })
    },
    formatError: (error) => tell(error, told),
  })
  const [answer, { status, headers: answered = {} }] = await handle({
    method: 'POST',
    url: '/graphql',
    headers: { ...headers },
    body,
    raw: undefined,
    context: undefined,
  })
  return { status, headers: answered, body: answer ?? '' }
}

function tell(error: Readonly<GraphQLError | Error>, told: ToldError): Readonly<GraphQLError | Error> {
  if (!(error instanceof GraphQLError) || error.originalError === undefined) return error
  const { message, extensions } = told(error.originalError)
  return new GraphQLError(message, { nodes: error.nodes, path: error.path, extensions })
}
