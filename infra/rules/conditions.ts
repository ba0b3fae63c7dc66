import { possibleTexts } from './possible-texts.ts'
import { hasWildcard, textsOf } from './principals.ts'
import type { Statement } from './statements.ts'

type Condition = Statement['conditions'][number]

/** Whether a statement is only for a partner who knows an ExternalId, or for roles and users that are named. */
export function namesThePartner({ conditions }: Statement): boolean {
  return conditions.some((it) => asksForExternalId(it) || asksForPrincipal(it))
}

/** A negated operator lets in everybody else, and one that ends in IfExists whoever leaves the key out. */
function asksForExternalId([operator, key, value]: Condition): boolean {
  return key === 'sts:ExternalId' && operator === 'StringEquals' && !hasWildcard(value)
}

/** Only the name of a session may be left open. */
function asksForPrincipal([operator, key, value]: Condition): boolean {
  if (key !== 'aws:PrincipalArn' || !['ArnLike', 'ArnEquals', 'StringEquals', 'StringLike'].includes(operator))
    return false
  return possibleTexts(value).every((text) => !/[*?]/.test(text.replace(/:assumed-role\/[^*?,]+\/\*(?=,|$)/g, '')))
}

/** Whether a key is only used by way of the service that it is for. */
export function isThroughService({ conditions }: Statement): boolean {
  return conditions.some(
    ([operator, key, value]) =>
      key === 'kms:ViaService' &&
      ['StringEquals', 'StringLike'].includes(operator) &&
      textsOf(value).every((text) => /^[a-z0-9-]+\.[^.]+\.amazonaws\.com$/.test(text)),
  )
}

/** Whether a service acts for one resource or account, and not for whoever asks it to (the confused deputy). */
export function isForOneSource({ conditions }: Statement): boolean {
  return conditions.some(
    ([operator, key, value]) =>
      /^(aws:SourceArn|aws:SourceAccount|kms:EncryptionContext:.+)$/.test(key) &&
      ['StringEquals', 'ArnEquals', 'ArnLike'].includes(operator) &&
      !hasWildcard(value),
  )
}
