import {
  arnParts,
  InvalidOptions,
  type PolicyDocument,
  type PolicyStatement,
  policies,
  sessionPolicy,
} from '@causeway-aws/auth'
import type { App, AppResources } from './app.ts'

/**
 * What an app may do by the credentials that it is given: on its edges (unless it uses those by a role of its own), with its
 * large bodies, its audit and its rows, and nothing beside that. Its role has this policy, and every session has it too, so
 * that what is taken out of the record is taken out of the next session.
 *
 * @returns undefined where there is nothing that it would be given credentials for.
 * @throws {InvalidOptions} for what is no such resource. {@link SessionPolicyTooLarge} over 2,048 characters.
 *
 * @example
 * ```ts
 * import { vendedPolicy } from '@causeway-aws/grants/apps'
 *
 * export const policy = vendedPolicy({
 *   kind: 'external',
 *   edges: [
 *     {
 *       queueArn: 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo',
 *       keyArn: 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab',
 *       actions: ['send'],
 *     },
 *   ],
 *   bodies: [],
 * })
 * ```
 */
export function vendedPolicy(app: Pick<App, 'kind'> & AppResources): PolicyDocument | undefined {
  const { bodies, audit, table } = app
  return oneOf([
    ...(app.kind === 'external' ? onEdges(app) : []),
    ...bodies.map(policies.largeBodies),
    // It writes a record, and reads one whose storing had no answer.
    ...(audit ? (['send', 'receive'] as const).map((access) => policies.largeBodies({ ...audit, access })) : []),
    ...(table ? [policies.tableRows(table)] : []),
  ])
}

/**
 * What the role needs that uses an app's edges: of an `external` app ours, which it is given sessions of, with all else that
 * the app does; of a `cross-account` one the partner's own.
 *
 * @returns undefined where that is nothing.
 *
 * @example
 * ```ts
 * import { type App, iamPolicy } from '@causeway-aws/grants/apps'
 *
 * export const statements = (app: App): number => iamPolicy(app)?.Statement.length ?? 0
 * ```
 */
export function iamPolicy(app: Pick<App, 'kind'> & AppResources): PolicyDocument | undefined {
  return app.kind === 'external' ? vendedPolicy(app) : oneOf(onEdges(app))
}

/** Refuses what is another account's, by whose policies it would have to be let in there. */
export function refuseOtherAccounts(who: string, { edges, table }: AppResources, account: string): void {
  const arns = [...edges.flatMap(({ queueArn, keyArn }) => [queueArn, keyArn]), ...(table ? [table.tableArn] : [])]
  const other = arns.find((arn) => arnParts(arn).account !== account)
  if (other === undefined) return
  throw new InvalidOptions(
    `${who}: ${other} must be of your own account, which is ${account}. What is a partner's is asked for by a grant.`,
  )
}

function onEdges({ edges }: AppResources): PolicyDocument[] {
  return edges.flatMap(({ actions, ...edge }) =>
    [...new Set(actions)].map((action) => (action === 'send' ? policies.edgeSend(edge) : policies.edgeReceive(edge))),
  )
}

function oneOf(all: readonly PolicyDocument[]): PolicyDocument | undefined {
  if (all.length === 0) return undefined
  const { Version, Statement } = sessionPolicy(...all)
  return { Version, Statement: withoutCovered(Statement) }
}

/** Without what another statement allows too: who sends and receives by one key needs its kms:Decrypt once. */
function withoutCovered(statements: readonly PolicyStatement[]): PolicyStatement[] {
  return statements.flatMap((statement) => {
    const resources = [statement.Resource]
      .flat()
      .filter((resource) => !statements.some((other) => other !== statement && covers(other, statement, resource)))
    const [only, ...others] = resources
    if (only === undefined) return []
    return [{ ...statement, Resource: others.length === 0 ? only : resources }]
  })
}

function covers(other: PolicyStatement, { Action, Condition }: PolicyStatement, resource: string): boolean {
  return (
    [other.Resource].flat().includes(resource) &&
    [Action].flat().every((action) => [other.Action].flat().includes(action)) &&
    JSON.stringify(other.Condition) === JSON.stringify(Condition)
  )
}
