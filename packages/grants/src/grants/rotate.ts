import { randomUUID } from 'node:crypto'
import { InvalidOptions } from '@causeway-aws/auth'
import { GrantDenied, tryExternalId } from './asked/try-role.ts'
import { changeOf, type GrantContext, type GrantReport, stateNow } from './context.ts'
import { type ExternalIdRotation, type Grant, isAsked } from './grant.ts'
import { nextState } from './transitions.ts'

/** How a rotation goes on. */
export interface RotateOptions {
  /** How long who uses the grant may hold an ExternalId, in seconds. `secret` does for 300. Default: 300. */
  heldFor?: number
  /** Take the partner's word for what it has deployed, where the role does not let you try it. Default: false. */
  untried?: boolean
}

/** For how many seconds more the old ExternalId may be in use. */
export function heldLonger(rotation: ExternalIdRotation | undefined, heldFor: number, now: number): number {
  if (rotation?.step !== 'switched') return 0
  return Math.max(0, Math.ceil(heldFor - (now - Date.parse(rotation.since)) / 1_000))
}

/**
 * Replaces the ExternalId of a grant, with the partner: each run finds out how far it is, does what can be done, and says
 * what is waited for. Killed anywhere and run again, it goes on.
 *
 * 1. A new one is made beside the old. The partner deploys a template with both.
 * 2. The new one is accepted: it becomes the one that is used. Who uses the grant takes it up.
 * 3. The partner deploys a template with the new one only.
 * 4. The old one is refused: it is forgotten.
 */
export async function rotateGrant(
  context: GrantContext,
  id: string,
  { heldFor = 300, untried = false }: RotateOptions,
): Promise<GrantReport> {
  const { store, externalIds, clock } = context
  let { grant } = await store.get(id)
  if (!isAsked(grant)) {
    throw new InvalidOptions(
      `rotateGrant: the grant ${id} has no ExternalId: the partner uses roles of its own, which are named in your policies.`,
    )
  }
  nextState(id, 'rotate', stateNow(context, grant))
  const { externalIdFrom: from = '', roleArn = '' } = grant
  const done: string[] = []
  const write = async (rotation: ExternalIdRotation | undefined, what: string) => {
    const { rotation: _, ...rest } = grant
    const after: Grant = { ...rest, ...(rotation && { rotation }) }
    grant = await store.write(grant, after, await changeOf(context, what))
  }
  const now = () => new Date(clock.now()).toISOString()
  const tried = async (value = '') => tryExternalId(await context.clients.sts(), roleArn, value)

  if (grant.rotation === undefined) {
    // The record first: what a run makes that is then killed is found again by its version.
    await write({ step: 'offered', version: randomUUID(), since: now() }, 'rotate: offer')
    done.push('A new ExternalId is offered beside the old one.')
  }
  const { rotation } = grant
  if (rotation?.step === 'offered') {
    const { version } = rotation
    await externalIds.offer(from, version)
    if (!untried && !(await tried(await externalIds.value(from, { version }))).granted) {
      return {
        grant,
        done,
        waitsFor: `The partner has to deploy the template that \`causeway grant export ${id}\` writes now, with both ExternalIds: its role refuses the new one. Then run this again.`,
      }
    }
    await externalIds.promote(from, version)
    await write({ ...rotation, step: 'switched', since: now() }, 'rotate: switch')
    done.push(`The new ExternalId is used now; ${untried ? 'it was not tried' : 'the role accepts it'}.`)
  }
  const left = heldLonger(grant.rotation, heldFor, clock.now())
  if (left > 0) {
    return {
      grant,
      done,
      waitsFor: `Who uses the grant may hold the old ExternalId for ${left} s more. Then run this again.`,
    }
  }
  if (!untried) {
    const current = await tried(await externalIds.value(from, 'AWSCURRENT'))
    if (!current.granted) throw new GrantDenied(`The role ${roleArn} refuses the ExternalId that is used.`, current)
    const previous = await externalIds.value(from, 'AWSPREVIOUS')
    if (previous !== undefined && (await tried(previous)).granted) {
      return {
        grant,
        done,
        waitsFor: `The partner has to deploy the template that \`causeway grant export ${id}\` writes now, with the new ExternalId only: its role still accepts the old one. Then run this again.`,
      }
    }
  }
  await externalIds.dropPrevious(from)
  await write(undefined, 'rotate: over')
  done.push(`The old ExternalId is forgotten; ${untried ? 'it was not tried' : 'the role refuses it'}.`)
  return { grant, done }
}
