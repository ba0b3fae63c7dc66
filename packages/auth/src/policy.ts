/** Conditions of a statement: operator -> key -> value or values. */
export type PolicyCondition = Record<string, Record<string, string | readonly string[]>>

/** A statement of a policy that belongs to an identity or a session: who is meant is clear, so it names resources. */
export interface PolicyStatement {
  Effect: 'Allow' | 'Deny'
  Action: string | readonly string[]
  Resource: string | readonly string[]
  Condition?: PolicyCondition
}

/**
 * A policy of an identity or a session, as IAM reads it. The builders in {@link policies} make them; JSON.stringify
 * gives what IAM, STS and CloudFormation take.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 *
 * @example
 * ```ts
 * import { type PolicyDocument, policies } from '@causeway-aws/auth'
 *
 * const policy: PolicyDocument = policies.assumeRole('arn:aws:iam::111111111111:role/orders-sender')
 * export const text: string = JSON.stringify(policy)
 * ```
 */
export interface PolicyDocument {
  Version: '2012-10-17'
  Statement: readonly PolicyStatement[]
}

export function policy(...statements: PolicyStatement[]): PolicyDocument {
  return { Version: '2012-10-17', Statement: statements }
}

export function allow(
  action: string | readonly string[],
  resource: string | readonly string[],
  condition?: PolicyCondition,
): PolicyStatement {
  return { Effect: 'Allow', Action: action, Resource: resource, ...(condition && { Condition: condition }) }
}
