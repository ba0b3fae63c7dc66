import { describe, expect, it } from 'vitest'
import {
  AssumeRoleDenied,
  CallerSessionExpired,
  type DeniedRequest,
  explainDenied,
  policies,
  RootCannotAssumeRole,
} from '../src/index.ts'

const roleArn = 'arn:aws:iam::111111111111:role/orders-sender'
const queueArn = 'arn:aws:sqs:eu-west-1:111111111111:orders.fifo'
const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const user = 'arn:aws:iam::222222222222:user/administrator'

function awsError(name: string, message: string): Error {
  return Object.assign(new Error(message), { name })
}

function denied(what: string, why = ''): Error {
  return awsError('AccessDenied', `User: ${user} is not authorized to perform: ${what}${why}`)
}

const likelyCauses = (error: unknown, request: DeniedRequest) =>
  explainDenied(error, request).likely.map(({ cause }) => cause)

describe('explainDenied, for a role', () => {
  const noReason = denied(`sts:AssumeRole on resource: ${roleArn}`)

  it('orders the causes where AWS names none, and says what is not the cause', () => {
    const { likely, ruledOut } = explainDenied(noReason, {
      resource: roleArn,
      externalId: { length: 43, reference: 'env:EXTERNAL_ID' },
      clockSkew: 0.1,
      duration: 3600,
    })
    expect(likely.map(({ cause }) => cause)).toEqual([
      'external-id',
      'trust-policy',
      'own-policies',
      'no-such-role',
      'guardrail',
    ])
    expect(likely[0]).toEqual({
      cause: 'external-id',
      because:
        "The ExternalId is not one that the role's trust policy accepts. You sent one of 43 characters (from env:EXTERNAL_ID).",
      remedy: "Ask the role's owner for the current one.",
    })
    expect(likely[1]).toEqual({
      cause: 'trust-policy',
      because: 'The trust policy does not name you.',
      remedy: 'It must allow arn:aws:iam::222222222222:root, or your ARN by aws:PrincipalArn.',
    })
    expect(likely[2]?.remedy).toContain(`policies.assumeRole('${roleArn}')`)
    expect(ruledOut).toEqual([
      { cause: 'clock', because: '0.1 s apart' },
      { cause: 'region', because: 'STS decides alike in every region' },
      { cause: 'duration', because: '3600 s' },
    ])
  })

  it('says that no ExternalId was sent', () => {
    expect(explainDenied(noReason, { resource: roleArn }).likely[0]).toMatchObject({
      cause: 'external-id',
      because: expect.stringContaining('No ExternalId was sent'),
    })
  })

  it('does not suspect a missing ExternalId within one account', () => {
    const { likely, ruledOut } = explainDenied(noReason, { resource: roleArn.replace('111111111111', '222222222222') })
    expect(likely[0]?.cause).toBe('trust-policy')
    expect(ruledOut.map(({ cause }) => cause)).toContain('external-id')
  })

  it.each([
    [' because no identity-based policy allows the sts:AssumeRole action', 'own-policies'],
    [' with an explicit deny in a service control policy', 'guardrail'],
    [' with an explicit deny in a resource control policy', 'guardrail'],
    [' because no permissions boundary allows the sts:AssumeRole action', 'guardrail'],
    [' because no session policy allows the sts:AssumeRole action', 'session-policy'],
    [' because no VPC endpoint policy allows the sts:AssumeRole action', 'guardrail'],
  ])('gives the one cause that AWS names: “%s”', (why, cause) => {
    expect(likelyCauses(denied(`sts:AssumeRole on resource: ${roleArn}`, why), { resource: roleArn })).toEqual([cause])
  })

  it.each([
    ['sts:TagSession', 'session-tags'],
    ['sts:SetSourceIdentity', 'source-identity'],
  ])('gives %s when that is what AWS denied', (action, cause) => {
    expect(likelyCauses(denied(`${action} on resource: ${roleArn}`), { resource: roleArn })).toEqual([cause])
  })

  it('suspects tags and a source identity that were passed only when AWS names no action', () => {
    const request = { resource: roleArn, sessionTags: true, sourceIdentity: true }
    expect(likelyCauses(awsError('AccessDenied', 'Access denied'), request)).toEqual(
      expect.arrayContaining(['session-tags', 'source-identity']),
    )
    const { likely, ruledOut } = explainDenied(noReason, request)
    expect(likely.map(({ cause }) => cause)).not.toContain('session-tags')
    expect(ruledOut).toContainEqual({ cause: 'session-tags', because: 'AWS names sts:AssumeRole, not sts:TagSession.' })
  })

  it.each([
    'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
  ])('gives the duration when AWS says: “%s”', (message) => {
    const error = awsError('ValidationError', message)
    expect(likelyCauses(error, { resource: roleArn, duration: 7200 })).toEqual(['duration'])
  })

  it('tells a root key, an ended session and a wrong clock from a denial', () => {
    const facts = { roleArn, sessionName: 'causeway' }
    const root = new RootCannotAssumeRole(facts, awsError('AccessDenied', 'Roles may not be assumed by root accounts.'))
    const caller = 'arn:aws:iam::222222222222:root'
    expect(likelyCauses(root, { resource: roleArn, caller })).toEqual(['root'])
    const ended = new CallerSessionExpired(facts, awsError('ExpiredToken', 'expired'))
    expect(likelyCauses(ended, { resource: roleArn })).toEqual(['session-expired'])
    const skewed = awsError('SignatureDoesNotMatch', 'Signature expired')
    expect(likelyCauses(skewed, { resource: roleArn, clockSkew: -400 })).toEqual(['clock'])
  })

  it('looks into our own errors for what AWS said', () => {
    const error = new AssumeRoleDenied({ roleArn, sessionName: 'causeway' }, user, noReason)
    expect(explainDenied(error, { resource: roleArn })).toEqual(explainDenied(noReason, { resource: roleArn }))
  })

  it('makes do with anything that is thrown', () => {
    expect(likelyCauses('no', { resource: roleArn })).toContain('own-policies')
  })
})

describe('explainDenied, for a call', () => {
  const send: DeniedRequest = { action: 'sqs:SendMessage', resource: queueArn }
  const noReason = denied(`sqs:SendMessage on resource: ${queueArn}`)

  it('suspects both sides and the key, never a trust policy', () => {
    expect(likelyCauses(noReason, { ...send, keyArn })).toEqual([
      'own-policies',
      'resource-policy',
      'key-policy',
      'guardrail',
    ])
  })

  it('still suspects the other account’s side when AWS names the caller’s own policies', () => {
    const why = ' because no identity-based policy allows the sqs:SendMessage action'
    expect(likelyCauses(denied('sqs:SendMessage', why), send)).toEqual(['own-policies', 'resource-policy', 'guardrail'])
    const sameAccount = { ...send, resource: queueArn.replace('111111111111', '222222222222') }
    expect(likelyCauses(denied('sqs:SendMessage', why), sameAccount)).toEqual(['own-policies'])
    expect(likelyCauses(denied('sqs:SendMessage'), sameAccount)).toEqual(['own-policies', 'guardrail'])
  })

  it('gives the session policy when it does not cover the call', () => {
    const sessionPolicy = policies.edgeReceive({ queueArn, keyArn })
    expect(explainDenied(noReason, { ...send, sessionPolicy }).likely).toEqual([
      {
        cause: 'session-policy',
        because: `The session policy does not allow sqs:SendMessage on ${queueArn}.`,
        remedy: `Let the session policy allow sqs:SendMessage on ${queueArn}.`,
      },
    ])
  })

  it('rules the session policy out when it covers the call, wildcards and all', () => {
    const sessionPolicy = policies.s3Read('exports', 'orders/')
    const get = { action: 's3:GetObject', resource: 'arn:aws:s3:::exports/orders/1.json', sessionPolicy }
    expect(explainDenied(noReason, get).ruledOut.map(({ cause }) => cause)).toContain('session-policy')
    const beside = { ...get, resource: 'arn:aws:s3:::exports/returns/1.json' }
    expect(likelyCauses(noReason, beside)).toEqual(['session-policy'])
  })

  it('takes a deny in the session policy for what it is', () => {
    const Statement = [
      { Effect: 'Allow', Action: 'sqs:*', Resource: '*' },
      { Effect: 'Deny', Action: 'sqs:SendMessage', Resource: queueArn },
    ] as const
    const sessionPolicy = { Version: '2012-10-17', Statement } as const
    expect(likelyCauses(noReason, { ...send, sessionPolicy })).toEqual(['session-policy'])
  })

  it.each([
    awsError('KMS.AccessDeniedException', 'The ciphertext refers to a key that you may not use'),
    denied(`kms:GenerateDataKey on resource: ${keyArn}`),
  ])('gives the key when the error is about it: %s', (error) => {
    expect(likelyCauses(error, { ...send, keyArn })).toEqual(['key-policy'])
  })

  it('gives the resource’s policy when AWS names it', () => {
    const error = denied(
      `sqs:SendMessage on resource: ${queueArn}`,
      ' because no resource-based policy allows the sqs:SendMessage action',
    )
    expect(likelyCauses(error, send)).toEqual(['resource-policy'])
  })
})
