import { arnParts, CausewayError } from '@causeway-aws/auth'
import type { GrantContext } from '../context.ts'
import type { Grant, Placement } from '../grant.ts'
import { kindOf } from '../resources/index.ts'
import { admits } from './admits.ts'
import { changePolicy } from './change-policy.ts'
import { holderOf } from './holder-of.ts'
import { withStatements } from './policy-document.ts'
import type { PolicyHolder } from './policy-holder.ts'
import { type ResourceStatement, statementsOf } from './statements.ts'

/**
 * The policy that a grant would have to be in is a stack's, whose next update would undo what was written into it.
 *
 * @example
 * ```ts
 * import { createGrants, StackOwnsPolicy } from '@causeway-aws/grants'
 *
 * const grants = createGrants({ table: 'causeway-grants' })
 * const roles = { roleArns: ['arn:aws:iam::222222222222:role/orders-sender'] }
 * await grants.accept('0123456789abcdef', roles).catch((error: unknown) => {
 *   if (!(error instanceof StackOwnsPolicy)) throw error
 *   process.stderr.write(`Give the stack ${error.stackName} its parameters first.\n`)
 * })
 * ```
 */
export class StackOwnsPolicy extends CausewayError {
  /** Name of the stack. */
  readonly stackName: string

  constructor(message: string, stackName: string) {
    super(message, { code: 'StackOwnsPolicy' })
    this.stackName = stackName
  }
}

/** A resource whose policy lets the partner in, and what is to be in it. */
interface Place {
  holder: PolicyHolder
  wanted: readonly ResourceStatement[]
  /** The stack that the policy is of. */
  stack: string | undefined
}

const holdersOf = ({ clients }: GrantContext, grant: Grant) =>
  [...statementsOf(grant)].map(([arn, wanted]) => ({
    holder: holderOf(arn, clients, grant.account, kindOf(grant.resource).region(grant.resource)),
    wanted,
  }))

const placesOf = (context: GrantContext, grant: Grant): Promise<Place[]> =>
  Promise.all(
    holdersOf(context, grant).map(async ({ holder, wanted }) => ({ holder, wanted, stack: await holder.stack() })),
  )

/** The parameter of infra/edge.yaml that names roles for an action. */
const parameters: Readonly<Record<string, string>> = { send: 'SenderPrincipalArns', receive: 'ReceiverPrincipalArns' }

/** What to give a stack, for people. */
function parametersOf({ actions, principals, resource }: Grant): string {
  if (resource.kind !== 'edge') return 'by the parameter of its template that names them'
  return `of infra/edge.yaml: ${principals.join(', ')} among its ${actions.map((action) => parameters[action]).join(' and ')}, with PartnerAccountId`
}

const missingIn = async ({ holder, wanted }: Pick<Place, 'holder' | 'wanted'>): Promise<boolean> => {
  const policy = await holder.read()
  return !wanted.every((statement) => admits(policy, holder.arn, statement))
}

/**
 * Looks whether a grant could be written into the policies, before anything is: those of stacks have to let the roles in
 * already, by the parameters of their templates.
 *
 * @throws {StackOwnsPolicy}
 */
export async function refuseStacks(context: GrantContext, grant: Grant): Promise<void> {
  for (const place of await placesOf(context, grant)) {
    const { holder, stack } = place
    if (stack === undefined) continue
    const owned = `The policy of the ${holder.name} is of the stack ${stack}, whose next update would undo what is written into it behind its back`
    if (grant.until !== undefined) {
      throw new StackOwnsPolicy(
        `${owned}, and its template knows no end. Create the grant without an end, and revoke it when it is over.`,
        stack,
      )
    }
    if (await missingIn(place)) {
      throw new StackOwnsPolicy(
        `${owned}. Name the roles in the stack's parameters (${parametersOf(grant)}), and accept the grant again.`,
        stack,
      )
    }
  }
}

/** Has the policies let the partner's roles in, and gives where. What stacks have stays theirs. */
export async function placeGrant(context: GrantContext, grant: Grant): Promise<Placement[]> {
  const placed: Placement[] = []
  for (const { holder, wanted, stack } of await placesOf(context, grant)) {
    if (stack === undefined) await changePolicy(holder, grant.id, wanted, context.lock)
    placed.push({ arn: holder.arn, ...(stack && { stack }) })
  }
  return placed
}

/** What was taken out of a policy. */
export interface TakenOut {
  name: string
  /** How long until it was seen to be gone, in milliseconds. */
  milliseconds: number
  /** How long it takes until it is so everywhere, as AWS says. */
  delay: string
}

/**
 * Takes out of the policies exactly what the grant has put in, by its Sids, whether or not the record says so: a run that
 * was killed has written more than it could note.
 *
 * @throws {StackOwnsPolicy} while a stack's policy still lets the roles in.
 */
export async function takeOutGrant(context: GrantContext, grant: Grant): Promise<TakenOut[]> {
  const { id, principals } = grant
  if (principals.length === 0) return [] // never accepted
  const taken: TakenOut[] = []
  for (const { holder } of holdersOf(context, grant)) {
    try {
      const start = context.clock.monotonic()
      if ((await holder.stack()) === undefined && (await changePolicy(holder, id, [], context.lock))) {
        const milliseconds = Math.round(context.clock.monotonic() - start)
        taken.push({ name: holder.name, milliseconds, delay: holder.delay })
      }
    } catch (error) {
      if (!isGone(error)) throw error // with its policy
    }
  }
  await refuseStillIn(context, grant)
  return taken
}

/**
 * Looks whether stacks still let in whom a grant did.
 *
 * @throws {StackOwnsPolicy}
 */
export async function refuseStillIn(context: GrantContext, grant: Grant): Promise<void> {
  const owned: { holder: PolicyHolder; stack: string; still: string[] }[] = []
  for (const { holder } of holdersOf(context, grant)) {
    try {
      const stack = await holder.stack()
      if (stack !== undefined) owned.push({ holder, stack, still: await stillIn(holder, grant) })
    } catch (error) {
      if (!isGone(error)) throw error
    }
  }
  // Where a stack has the queue or the bucket, that decides: the same role may use the key for what another grant gives.
  const doors = owned.filter(({ holder }) => arnParts(holder.arn).service !== 'kms')
  const open = (doors.length > 0 ? doors : owned).find(({ still }) => still.length > 0)
  if (open === undefined) return
  const { holder, stack, still } = open
  throw new StackOwnsPolicy(
    `The policy of the ${holder.name} is of the stack ${stack}, and still lets in ${still.join(', ')}. Take that out of the stack's parameters (${parametersOf({ ...grant, principals: still })}), and revoke it again.`,
    stack,
  )
}

/** Each role by itself, and each statement: of two that were named, or of sending and receiving, a stack may have taken out one. */
async function stillIn(holder: PolicyHolder, grant: Grant): Promise<string[]> {
  const policy = await holder.read()
  return grant.principals.filter((role) =>
    (statementsOf({ ...grant, principals: [role] }).get(holder.arn) ?? []).some((statement) =>
      admits(policy, holder.arn, statement),
    ),
  )
}

/** What SQS, KMS and S3 answer about what was deleted, or is going to be. */
const gone: ReadonlySet<string> = new Set([
  'QueueDoesNotExist',
  'NotFoundException',
  'KMSInvalidStateException',
  'NoSuchBucket',
])

const isGone = (error: unknown): boolean => error instanceof Error && gone.has(error.name)

/** Whether each policy is as the grant wants it, for `grant test`. */
export async function lookAtPlaces(context: GrantContext, grant: Grant): Promise<{ name: string; isThere: boolean }[]> {
  const places = await placesOf(context, grant)
  return Promise.all(
    places.map(async (place) => {
      const { holder, wanted, stack } = place
      if (stack !== undefined) return { name: holder.name, isThere: !(await missingIn(place)) }
      const policy = await holder.read()
      return { name: holder.name, isThere: withStatements(policy, holder.arn, grant.id, wanted) === policy }
    }),
  )
}
