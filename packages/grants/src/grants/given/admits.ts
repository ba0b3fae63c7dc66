import { arnParts, type PolicyCondition } from '@causeway-aws/auth'
import { isSame, parsePolicy } from './policy-document.ts'
import type { ResourceStatement } from './statements.ts'

/**
 * Whether other statements of a policy let in whom a statement would, to what it is for. Only what says plainly so counts: the
 * same principal, the same or more of the actions, of the resources and of the roles, and no condition that both have and
 * that holds for less, such as the prefix of what is listed. Other conditions of theirs are not looked at.
 */
export function admits(text: string | undefined, arn: string, wanted: ResourceStatement): boolean {
  const { Principal: principal, Action: actions, Resource: resources, Condition: conditions = {} } = wanted
  return parsePolicy(text, arn).Statement.some(
    ({ Effect, Principal, Action, Resource, Condition = {} }) =>
      Effect === 'Allow' &&
      isSame({ Effect, Principal }, { Effect, Principal: principal }) &&
      named(actions).every((action) => named(Action).includes(action)) &&
      // The policy of a key is of nothing but the key.
      (arnParts(arn).service === 'kms' || named(resources).every((one) => named(Resource).some(covering(one)))) &&
      holds(conditions, Condition),
  )
}

const named = (value: unknown): string[] => (value === undefined ? [] : [value].flat().map(String))

/** By its wildcards, or as it is: what is wanted may have one itself, at its end. */
const covering = (resource: string) => (pattern: string) =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*').replaceAll('\\?', '.')}$`, 's').test(resource)

const escaped = (text: string): string => text.replace(/[\\^$.|?+()[\]{}]/g, '\\$&')

function holds(wanted: PolicyCondition, given: PolicyCondition): boolean {
  const roles = given.ArnLike?.['aws:PrincipalArn'] ?? given.ArnEquals?.['aws:PrincipalArn']
  return Object.entries(wanted).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => {
      if (key === 'aws:PrincipalArn') return named(values).every((role) => named(roles).includes(role))
      const theirs = given[operator]?.[key]
      return theirs === undefined || named(values).every((value) => named(theirs).includes(value))
    }),
  )
}
