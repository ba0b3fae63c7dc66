import type { PolicyCondition } from '@causeway-aws/auth'

/**
 * A statement that holds until a time only. AWS looks at the clock at every request, so that sessions end with it, too.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime
 */
export function ending<Statement extends { Condition?: PolicyCondition }>(
  statement: Statement,
  until: string | undefined,
): Statement {
  if (until === undefined) return statement
  return { ...statement, Condition: { ...statement.Condition, DateLessThan: { 'aws:CurrentTime': until } } }
}
