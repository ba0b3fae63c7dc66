import { describe, expect, it } from 'vitest'
import {
  AssumeRoleDenied,
  AssumeRoleFailed,
  CallerSessionExpired,
  ChainedSessionTooLong,
  type DeniedExplanation,
  type DeniedRequest,
  explainDenied,
  InvalidOptions,
  policies,
  RootCannotAssumeRole,
  SecretUnavailable,
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

function explained(error: unknown, request: DeniedRequest): DeniedExplanation {
  return explainDenied(error, request) ?? expect.unreachable('it is not taken for a denial')
}

const likelyCauses = (error: unknown, request: DeniedRequest) =>
  explained(error, request).likely.map(({ cause }) => cause)

describe('explainDenied, for a role', () => {
  const noReason = denied(`sts:AssumeRole on resource: ${roleArn}`)

  it('orders the causes where AWS names none, and says what is not the cause', () => {
    const { likely, ruledOut } = explained(noReason, {
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
    expect(explained(noReason, { resource: roleArn, externalId: null }).likely[0]).toMatchObject({
      cause: 'external-id',
      because: expect.stringContaining('No ExternalId was sent'),
    })
  })

  it('does not say whether an ExternalId was sent when it is not told', () => {
    expect(explained(noReason, { resource: roleArn }).likely[0]).toEqual({
      cause: 'external-id',
      because: "The ExternalId may be missing, or not one that the role's trust policy accepts.",
      remedy: "Compare it with the role's owner.",
    })
    const { likely, ruledOut } = explained(noReason, { resource: roleArn.replace('111111111111', '222222222222') })
    expect([...likely, ...ruledOut].map(({ cause }) => cause)).not.toContain('external-id')
  })

  it('does not suspect a missing ExternalId within one account', () => {
    const { likely, ruledOut } = explained(noReason, {
      resource: roleArn.replace('111111111111', '222222222222'),
      externalId: null,
    })
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
    const { likely, ruledOut } = explained(noReason, request)
    expect(likely.map(({ cause }) => cause)).not.toContain('session-tags')
    expect(ruledOut).toContainEqual({ cause: 'session-tags', because: 'AWS names sts:AssumeRole, not sts:TagSession.' })
  })

  it.each([
    [' because no role trust policy allows the sts:AssumeRole action', undefined, ''],
    [' because no role trust policy allows the sts:AssumeRole action', null, ' without an ExternalId'],
    [
      ' with an explicit deny in the role trust policy',
      { length: 43 },
      ' with the ExternalId sent, one of 43 characters',
    ],
  ])('gives the trust policy alone, and what was sent to it, for “%s”', (why, externalId, sent) => {
    const error = denied(`sts:AssumeRole on resource: ${roleArn}`, why)
    const request = { resource: roleArn, ...(externalId !== undefined && { externalId }) }
    expect(explained(error, request).likely).toEqual([
      {
        cause: 'trust-policy',
        because: `AWS names the role's trust policy: it does not let you in${sent}.`,
        remedy:
          "Have the role's owner compare the ExternalId and its other conditions, and allow " +
          'arn:aws:iam::222222222222:root, or your ARN by aws:PrincipalArn.',
      },
    ])
  })

  it('names the root of the caller’s own partition', () => {
    const caller = user.replace('arn:aws:', 'arn:aws-us-gov:')
    const { likely } = explained(noReason, { resource: roleArn, caller })
    expect(likely.map(({ remedy }) => remedy).join()).toContain('allow arn:aws-us-gov:iam::222222222222:root,')
  })

  it('tells a root key, an ended session and a wrong clock from a denial', () => {
    const facts = { roleArn, sessionName: 'causeway' }
    const root = new RootCannotAssumeRole(facts, awsError('AccessDenied', 'Roles may not be assumed by root accounts.'))
    const caller = 'arn:aws:iam::222222222222:root'
    expect(likelyCauses(root, { resource: roleArn, caller })).toEqual(['root'])
    const ended = new CallerSessionExpired(facts, awsError('ExpiredToken', 'expired'))
    expect(likelyCauses(ended, { resource: roleArn })).toEqual(['session-expired'])
  })

  it.each([
    ['SignatureDoesNotMatch', 'Signature expired: 20260101T000000Z is now earlier than 20260101T001000Z', undefined],
    ['InvalidSignatureException', 'Signature not yet current: 20260101T001000Z is still later than …', 0],
    ['RequestTimeTooSkewed', 'The difference between the request time and the current time is too large.', undefined],
    ['SignatureDoesNotMatch', 'The request signature we calculated does not match', -400],
  ])('gives the clock for %s: “%s”', (name, message, clockSkew) => {
    const request = { resource: roleArn, ...(clockSkew !== undefined && { clockSkew }) }
    expect(likelyCauses(awsError(name, message), request)).toEqual(['clock'])
  })

  it('suspects the keys, and no policy, for a wrong signature with the clock right', () => {
    const error = awsError('SignatureDoesNotMatch', 'The request signature we calculated does not match')
    const { likely, ruledOut } = explained(error, { resource: roleArn, clockSkew: 1 })
    expect(likely).toEqual([{ cause: 'keys', because: expect.any(String), remedy: expect.any(String) }])
    expect(ruledOut).toEqual([{ cause: 'clock', because: '1 s apart' }])
  })

  it('looks into our own errors for what AWS said', () => {
    const error = new AssumeRoleDenied({ roleArn, sessionName: 'causeway' }, user, noReason)
    expect(explained(error, { resource: roleArn })).toEqual(explained(noReason, { resource: roleArn }))
  })
})

describe('explainDenied, for what is no denial', () => {
  const facts = { roleArn, sessionName: 'causeway' }
  const failed = (cause: Error) => new AssumeRoleFailed('…', facts, { code: 'AssumeRoleFailed', cause })

  it.each<[string, unknown]>([
    ['a chained session that was to be too long', new ChainedSessionTooLong(facts, 7200)],
    [
      'a duration over that of the role',
      failed(awsError('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration')),
    ],
    ['throttling', failed(awsError('Throttling', 'Rate exceeded'))],
    ['a server error', awsError('InternalFailure', 'try later')],
    [
      'a secret that may not be read',
      new SecretUnavailable('ssm:x', 'could not be read', { cause: awsError('AccessDeniedException', 'no') }),
    ],
    ['anything else that is thrown', 'no'],
  ])('explains nothing: %s says itself what it is', (_, error) => {
    expect(explainDenied(error, { resource: roleArn, duration: 7200 })).toBeUndefined()
  })
})

describe('explainDenied, given something else than a request', () => {
  it.each<[object, string]>([
    [{ resource: roleArn, externalID: { length: 43 } }, 'externalID is not an option.'],
    [{ resource: roleArn, externalId: { length: 43, value: 'x' } }, 'externalId.value is not an option.'],
    [{ resource: 'orders-sender' }, 'resource must be an ARN.'],
    [{}, 'resource is missing.'],
    [{ resource: queueArn, action: 'SendMessage' }, 'action must be an action: sqs:SendMessage.'],
  ])('refuses %j', (request, message) => {
    expect(() => explainDenied(new Error('no'), request as DeniedRequest)).toThrow(
      new InvalidOptions(`explainDenied: ${message}`),
    )
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
    expect(explained(noReason, { ...send, sessionPolicy }).likely).toEqual([
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
    expect(explained(noReason, get).ruledOut.map(({ cause }) => cause)).toContain('session-policy')
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
