import { InvalidOptions } from '@causeway-aws/auth'
import { GrantConflict } from './conflict-error.ts'
import { changeOf, type GrantContext, type GrantReport, stateNow } from './context.ts'
import { followRecord } from './given/follow-record.ts'
import { placeGrant, refuseStillIn, type TakenOut, takeOutGrant } from './given/place.ts'
import { type Grant, isAsked } from './grant.ts'
import { nextState } from './transitions.ts'

/** Ends a grant: takes out what it has put in, forgets its ExternalId. Killed and run again, it goes on. */
export async function revokeGrant(context: GrantContext, id: string): Promise<GrantReport> {
  const { store } = context
  const { grant } = await store.get(id)
  const state = nextState(id, 'revoke', stateNow(context, grant))
  const revoking =
    grant.state === state
      ? grant
      : await store.write(grant, { ...grant, state }, await changeOf(context, 'revoke: begin'))
  const done = await takeOut(context, revoking)
  const revoked: Grant = { ...revoking, state: nextState(id, 'revoked', revoking.state), placed: [] }
  return { grant: await store.write(revoking, revoked, await changeOf(context, 'revoke')), done, ...afterwards(grant) }
}

/**
 * Takes some of the partner's roles out of a grant of what is ours; the others go on. Without any left it is revoked. Killed
 * and run again, it goes on.
 */
export async function revokePrincipals(
  context: GrantContext,
  id: string,
  roleArns: readonly string[],
): Promise<GrantReport> {
  const { grant } = await context.store.get(id)
  if (isAsked(grant)) {
    throw new InvalidOptions(
      `revokeGrant: roleArn must not be given: the role of the grant ${id} is the partner's own, who decides what it lets in.`,
    )
  }
  const state = nextState(id, 'narrow', stateNow(context, grant))
  const principals = grant.principals.filter((arn) => !roleArns.includes(arn))
  if (principals.length === 0) return revokeGrant(context, id)
  const isNew = principals.length < grant.principals.length
  const after = { ...grant, principals, state }
  const narrowed = isNew ? await context.store.write(grant, after, await changeOf(context, 'revoke roles')) : grant
  const placed = await placeGrant(context, narrowed) // also where it is on record already: a run may have been killed
  // Nothing is written after that by which somebody would be told who has revoked all of it meanwhile.
  const overtaken = await followRecord(context, narrowed)
  if (overtaken !== undefined) throw new GrantConflict(narrowed, overtaken)
  await refuseStillIn(context, { ...narrowed, principals: roleArns })
  const done = placed.map(({ arn }) => `The policy of ${arn} lets in ${principals.join(', ')} only.`)
  return { grant: narrowed, done }
}

async function takeOut(context: GrantContext, grant: Grant): Promise<string[]> {
  if (!isAsked(grant)) return (await takeOutGrant(context, grant)).map(sentence)
  if (grant.externalIdFrom !== undefined) await context.externalIds.remove(grant.externalIdFrom)
  return ['The ExternalId is deleted: nobody of yours finds it any more.']
}

const sentence = ({ name, milliseconds, delay }: TakenOut): string =>
  `Taken out of the policy of the ${name}, and seen to be gone after ${milliseconds} ms; until it is so everywhere AWS takes ${delay}.`

/** What is not ours to end. */
function afterwards(grant: Grant): { waitsFor?: string } {
  const { roleArn, partner } = grant
  if (!isAsked(grant) || roleArn === undefined) return {}
  return {
    waitsFor: `The role ${roleArn} is the partner's (account ${partner}), who has to delete its stack. Sessions that are open last up to 3600 s.`,
  }
}
