import { arnParts, InvalidOptions, parseOptions, partnerPrincipal } from '@causeway-aws/auth'
import * as v from 'valibot'
import { roleArnOf } from './asked/template.ts'
import { GrantDenied, RoleIsOpen, tryRole } from './asked/try-role.ts'
import { GrantConflict } from './conflict-error.ts'
import { changeOf, type GrantContext, type GrantReport, stateNow } from './context.ts'
import { followRecord } from './given/follow-record.ts'
import { placeGrant, refuseStacks } from './given/place.ts'
import { type Grant, isAsked } from './grant.ts'
import { nextState } from './transitions.ts'

/** What the partner has answered. */
export interface AcceptOptions {
  /** Of what we have asked for: the one role that we assume. Of what we give: the partner's roles and users that use it. Default: the role that the exported template makes. */
  roleArns?: readonly string[]
  /** Accept a role that lets in whoever asks, without its ExternalId. Default: false. */
  although?: 'open'
  /** Take the partner's word for its role, where it does not let you try it. Default: false. */
  untried?: boolean
}

const schema = v.strictObject({
  roleArns: v.optional(
    v.pipe(v.array(v.string('must be the ARN of a role')), v.minLength(1, 'must be the ARN of a role')),
  ),
  although: v.optional(v.literal('open', 'must be open')),
  untried: v.optional(v.boolean(), false),
})

const who = 'acceptGrant'

/** Takes what the partner answers, tries it, and has the grant active. Killed and run again, it goes on. */
export async function acceptGrant(context: GrantContext, id: string, options: AcceptOptions): Promise<GrantReport> {
  const { although, untried, ...answer } = parseOptions(who, schema, options)
  const { grant } = await context.store.get(id)
  const { roleArns = [roleArnOf(grant)] } = answer
  const state = nextState(id, 'accept', stateNow(context, grant))
  for (const arn of roleArns) {
    const { account } = arnParts(arn)
    if (account !== grant.partner) {
      throw new InvalidOptions(
        `${who}: roleArn must be of the partner's account ${grant.partner}, and one is of ${account || 'none'}.`,
      )
    }
  }
  partnerPrincipal(roleArns) // refuses wildcards
  return isAsked(grant)
    ? await acceptRole(context, grant, roleArns, { isOpen: although === 'open', untried })
    : await letIn(context, grant, { ...grant, principals: roleArns, state })
}

/** The partner's role, which we assume. */
async function acceptRole(
  context: GrantContext,
  grant: Grant,
  [roleArn = '', ...others]: readonly string[],
  { isOpen, untried }: { isOpen: boolean; untried: boolean },
): Promise<GrantReport> {
  if (others.length > 0 || !arnParts(roleArn).resource.startsWith('role/')) {
    throw new InvalidOptions(`${who}: roleArn must be one role: the one that the partner's template has made.`)
  }
  const done: string[] = []
  if (!untried) {
    const value = (await context.externalIds.value(grant.externalIdFrom ?? '', 'AWSCURRENT')) ?? ''
    const { right, none, wrong } = await tryRole(await context.clients.sts(), roleArn, value)
    if (!right.granted) {
      const { principals } = grant
      const alone =
        principals.length === 0
          ? ''
          : ` It is for ${principals.join(', ')} alone: accept it as one of them, or untried.`
      throw new GrantDenied(
        `The role ${roleArn} does not let you in: has the partner deployed what \`causeway grant export\` writes?${alone}`,
        right,
      )
    }
    const how = none.granted ? 'without an ExternalId' : wrong.granted ? 'with any ExternalId' : undefined
    if (how !== undefined && !isOpen) throw new RoleIsOpen(roleArn, how)
    done.push(
      `The role lets you in with its ExternalId${how ? `, and also ${how}` : ', and not without it or with a wrong one'}.`,
    )
  }
  const after = { ...grant, roleArn, state: nextState(grant.id, 'accepted', 'accepting') }
  const change = await changeOf(context, untried ? 'accept, untried' : isOpen ? 'accept, although open' : 'accept')
  return { grant: await context.store.write(grant, after, change), done }
}

/** The partner's own roles, into the policies of what is ours. */
async function letIn(context: GrantContext, before: Grant, accepting: Grant): Promise<GrantReport> {
  await refuseStacks(context, accepting)
  // What is going to be written is on record before it is: who revokes the grant then knows where to look.
  const begun = await context.store.write(before, accepting, await changeOf(context, 'accept: begin'))
  const placed = await placeGrant(context, begun)
  const state = nextState(begun.id, 'accepted', begun.state)
  const change = await changeOf(context, 'accept')
  const grant = await context.store.write(begun, { ...begun, placed, state }, change).catch(async (error: unknown) => {
    if (error instanceof GrantConflict) await followRecord(context, begun)
    throw error
  })
  const done = placed.map(({ arn, stack }) =>
    stack === undefined
      ? `Written into the policy of ${arn}.`
      : `The policy of ${arn} lets them in by the stack ${stack}.`,
  )
  return { grant, done }
}
