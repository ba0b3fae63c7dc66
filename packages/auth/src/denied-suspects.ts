import { covers } from './covers.ts'
import type { DeniedCause, DeniedRequest } from './denied.ts'
import { rootOf } from './principals.ts'

/** A {@link DeniedRequest} with what the error says of it. */
interface Evidence extends Omit<DeniedRequest, 'action' | 'caller'> {
  action: string
  caller: string | undefined
  /** Caller and resource are known to be of one account. */
  sameAccount: boolean
  errorName: string
  message: string
  /** The action that AWS says was denied: passing tags, for one, is not what was asked for. */
  deniedAction: string | undefined
  /** The kind of policy that AWS says denied it, where it says so. */
  deniedBy: string | undefined
}

/** What the evidence says of one cause. */
export type Judgement =
  | { verdict: 'certain' | 'likely'; because: string; remedy: string }
  | { verdict: 'no'; because: string; remedy?: undefined }

type Judge = (evidence: Evidence) => Judgement | undefined

/** The most by which the time of a signed request may be off. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const SIGNATURE_SECONDS = 300

type Suspects = readonly (readonly [DeniedCause['cause'], Judge])[]

/** Of a denial, in the order in which they are met where AWS names none. */
const denial: Suspects = [
  ['root', root],
  ['session-policy', sessionPolicy],
  ['external-id', externalId],
  ['trust-policy', trustPolicy],
  ['own-policies', ownPolicies],
  ['session-tags', passing('sessionTags', 'sts:TagSession', 'session tags')],
  ['source-identity', passing('sourceIdentity', 'sts:SetSourceIdentity', 'a source identity')],
  ['resource-policy', resourcePolicy],
  ['key-policy', keyPolicy],
  ['no-such-role', noSuchRole],
  ['guardrail', guardrail],
  ['clock', clock],
  ['region', region],
  ['duration', duration],
]

/** What to suspect for an error of this name; undefined when it is no denial, and says itself what it is. */
export function suspectsOf(errorName: string): Suspects | undefined {
  if (/AccessDenied/.test(errorName)) return denial
  if (errorName.startsWith('ExpiredToken')) return [['session-expired', sessionExpired]]
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
  if (/Signature|RequestExpired|TimeTooSkewed|RequestInTheFuture/.test(errorName)) {
    return [
      ['clock', clock],
      ['keys', keys],
    ]
  }
  return undefined
}

function assumes({ action }: Evidence): boolean {
  return action === 'sts:AssumeRole'
}

function root(evidence: Evidence): Judgement | undefined {
  if (!assumes(evidence) || !evidence.caller?.endsWith(':root')) return undefined
  return {
    verdict: 'certain',
    because: `The caller is an account's root user, ${evidence.caller}; AWS lets no root user assume a role.`,
    remedy: `Use a user or a role of that account; all it needs is policies.assumeRole('${evidence.resource}').`,
  }
}

function sessionExpired(): Judgement {
  return { verdict: 'certain', because: "The caller's own session has ended.", remedy: 'Get a new one and try again.' }
}

function sessionPolicy({ action, resource, sessionPolicy, deniedBy }: Evidence): Judgement | undefined {
  const remedy = `Let the session policy allow ${action} on ${resource}.`
  if (deniedBy === 'session policy') return { verdict: 'certain', because: 'AWS names the session policy.', remedy }
  if (sessionPolicy === undefined) return undefined
  return covers(sessionPolicy, action, resource)
    ? { verdict: 'no', because: `The session policy allows ${action} on ${resource}.` }
    : { verdict: 'certain', because: `The session policy does not allow ${action} on ${resource}.`, remedy }
}

function externalId(evidence: Evidence): Judgement | undefined {
  const { externalId: sent, sameAccount } = evidence
  if (!assumes(evidence)) return undefined
  if (sent === undefined) {
    // A role of one's own account rarely asks for one; whether this call sent a wrong one cannot be known.
    if (sameAccount) return undefined
    const because = "The ExternalId may be missing, or not one that the role's trust policy accepts."
    return { verdict: 'likely', because, remedy: "Compare it with the role's owner." }
  }
  if (sent === null) {
    if (sameAccount)
      return { verdict: 'no', because: 'None was sent, and a role of your own account rarely asks for one.' }
    const because = 'No ExternalId was sent; the trust policy of a role in another account usually asks for one.'
    return { verdict: 'likely', because, remedy: "Ask the role's owner for it." }
  }
  const from = sent.reference === undefined ? '' : ` (from ${sent.reference})`
  return {
    verdict: 'likely',
    because: `The ExternalId is not one that the role's trust policy accepts. You sent one of ${sent.length} characters${from}.`,
    remedy: "Ask the role's owner for the current one.",
  }
}

function trustPolicy(evidence: Evidence): Judgement | undefined {
  if (!assumes(evidence)) return undefined
  const { caller, externalId: sent, deniedBy } = evidence
  const you = `${caller ? rootOf(caller) : "your account's root"}, or your ARN by aws:PrincipalArn`
  if (deniedBy !== 'role trust policy') {
    return {
      verdict: 'likely',
      because: 'The trust policy does not name you.',
      remedy: `It must allow ${you}.`,
    }
  }
  const id =
    sent === null ? ' without an ExternalId' : sent && ` with the ExternalId sent, one of ${sent.length} characters`
  return {
    verdict: 'certain',
    because: `AWS names the role's trust policy: it does not let you in${id ?? ''}.`,
    remedy: `Have the role's owner compare the ExternalId and its other conditions, and allow ${you}.`,
  }
}

function ownPolicies(evidence: Evidence): Judgement {
  const { action, resource, deniedBy, sameAccount } = evidence
  // Of several kinds of policy that deny, AWS names one: in a call across accounts the resource's may be missing too.
  const alone = deniedBy === 'identity-based policy' && (assumes(evidence) || sameAccount)
  const remedy = assumes(evidence) ? ` policies.assumeRole('${resource}') is the statement.` : ''
  return {
    verdict: alone ? 'certain' : 'likely',
    because: `Your own policies do not allow ${action} on ${resource}.`,
    remedy: `Have that allowed to you by your account's administrator.${remedy}`,
  }
}

function passing(flag: 'sessionTags' | 'sourceIdentity', action: string, what: string): Judge {
  const remedy = `Allow ${action} in the role's trust policy and in your own policies, or do not pass ${what}.`
  return ({ deniedAction, [flag]: passed }) => {
    if (deniedAction === action)
      return { verdict: 'certain', because: `AWS names ${action}: ${what} may not be passed.`, remedy }
    if (passed !== true) return undefined
    return deniedAction === undefined
      ? { verdict: 'likely', because: `The request passes ${what}, which needs ${action}.`, remedy }
      : { verdict: 'no', because: `AWS names ${deniedAction}, not ${action}.` }
  }
}

function resourcePolicy(evidence: Evidence): Judgement | undefined {
  const { action, resource, deniedBy, sameAccount } = evidence
  if (assumes(evidence) || sameAccount) return undefined
  return {
    verdict: deniedBy === 'resource-based policy' ? 'certain' : 'likely',
    because: `The policy of ${resource} does not allow ${action} to you; across accounts both sides have to.`,
    remedy: 'Have its owner name you there: the root of your account with your ARN as aws:PrincipalArn.',
  }
}

function keyPolicy({ errorName, message, keyArn }: Evidence): Judgement | undefined {
  const key = keyArn ?? 'that encrypts the resource'
  const because = `The policy of the key ${key}, or your own, does not allow you to use it.`
  const remedy = 'A sender needs kms:GenerateDataKey and kms:Decrypt, a receiver kms:Decrypt, in both policies.'
  if (/^kms/i.test(errorName) || /\bkms:/i.test(message)) return { verdict: 'certain', because, remedy }
  return keyArn === undefined ? undefined : { verdict: 'likely', because, remedy }
}

function noSuchRole(evidence: Evidence): Judgement | undefined {
  if (!assumes(evidence)) return undefined
  return {
    verdict: 'likely',
    because: 'There may be no such role: AWS answers the same, so as not to tell.',
    remedy: `Compare ${evidence.resource} with its owner: path and case count.`,
  }
}

function guardrail({ deniedBy }: Evidence): Judgement {
  const named = /boundary|service control|resource control|endpoint/i.test(deniedBy ?? '')
  return {
    verdict: named ? 'certain' : 'likely',
    because: named ? `AWS names a ${deniedBy}.` : 'A permissions boundary, SCP or RCP of either account forbids it.',
    remedy: "Ask the administrators of the organization; the account's own policies cannot lift it.",
  }
}

function clock({ errorName, message, clockSkew }: Evidence): Judgement | undefined {
  const remedy = 'Set the clock.'
  // "Signature expired: …" and "Signature not yet current: …", each with the two times.
  const named = /RequestExpired|TimeTooSkewed|RequestInTheFuture|\bSignature (?:expired|not yet)/
  if (named.test(`${errorName} ${message}`)) {
    return { verdict: 'certain', because: "AWS says that this machine's clock is off.", remedy }
  }
  if (clockSkew === undefined) return undefined
  if (Math.abs(clockSkew) < SIGNATURE_SECONDS) return { verdict: 'no', because: `${Math.abs(clockSkew)} s apart` }
  const because = `This machine's clock is ${clockSkew} s off; AWS allows ${SIGNATURE_SECONDS}.`
  return { verdict: /Signature/.test(errorName) ? 'certain' : 'likely', because, remedy }
}

function keys(): Judgement {
  return {
    verdict: 'likely',
    because: 'The secret access key is not that of the access key id, or a proxy changes requests on their way.',
    remedy: 'Copy both keys, and the session token where there is one, from where they come from.',
  }
}

function region(evidence: Evidence): Judgement | undefined {
  return assumes(evidence) ? { verdict: 'no', because: 'STS decides alike in every region' } : undefined
}

/** AWS refuses one that is too long as a ValidationError. */
function duration({ duration }: Evidence): Judgement | undefined {
  return duration === undefined ? undefined : { verdict: 'no', because: `${duration} s` }
}
