import { CausewayError } from '@causeway-aws/auth'
import { askedDocuments, askedTemplate } from './asked/template.ts'
import { type GrantContext, stateNow } from './context.ts'
import { exportedGrant } from './exported-grant.ts'
import type { ExternalIds } from './external-ids.ts'
import { givenPermissions, givenTemplate } from './given/template.ts'
import { type ExternalIdRotation, type Grant, isAsked } from './grant.ts'
import { heldLonger } from './rotate.ts'
import { nextState } from './transitions.ts'

/** What is exported: a CloudFormation template, the plain policies, or what `kinesis read --grant` and its like take. */
export type ExportForm = 'policy' | 'reader' | 'template'

/** What is written into a file that only its owner reads: where the partner has the resource, the ExternalId is in it. */
export async function exportGrant(
  context: GrantContext,
  id: string,
  form: ExportForm,
  { heldFor }: { heldFor: number },
): Promise<object> {
  const { grant } = await context.store.get(id)
  nextState(id, 'export', stateNow(context, grant))
  if (form === 'reader') return exportedGrant(grant)
  if (!isAsked(grant)) return form === 'template' ? givenTemplate(grant) : givenPermissions(grant)
  const ids = await acceptedIds(context, grant, heldFor)
  return form === 'template' ? askedTemplate(grant, ids) : askedDocuments(grant, ids)
}

/** The ExternalIds that the partner's role has to accept now. */
async function acceptedIds({ externalIds, clock }: GrantContext, grant: Grant, heldFor: number): Promise<string[]> {
  const { id, externalIdFrom = '', rotation } = grant
  const left = heldLonger(rotation, heldFor, clock.now())
  if (left > 0) {
    throw new CausewayError(
      `The ExternalId of the grant ${id} was switched just now, and who uses the grant may hold the old one for ${left} s more. Export it then.`,
      { code: 'GrantWaits', retryable: true },
    )
  }
  return (await acceptedValues(externalIds, externalIdFrom, rotation)).filter((value) => value !== undefined)
}

async function acceptedValues(
  externalIds: ExternalIds,
  from: string,
  rotation: ExternalIdRotation | undefined,
): Promise<(string | undefined)[]> {
  if (rotation?.step !== 'offered') return [await externalIds.value(from, 'AWSCURRENT')]
  const { version } = rotation
  await externalIds.offer(from, version) // where the run that offers it was killed before it has made it
  const current = await externalIds.value(from, 'AWSCURRENT')
  // And where it was killed after the switch, and before that was on record.
  const isSwitched = await externalIds.isCurrent(from, version)
  return [current, await externalIds.value(from, isSwitched ? 'AWSPREVIOUS' : { version })]
}
