import { inspect } from 'node:util'
import { STSClient } from '@aws-sdk/client-sts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type AssumedRoleOptions,
  type AssumedSession,
  AssumeRoleDenied,
  AssumeRoleFailed,
  assumedRole,
  CallerSessionExpired,
  type CausewayError,
  ChainedSessionTooLong,
  InvalidOptions,
  PackedPolicyTooLarge,
  type PolicyDocument,
  policies,
  RootCannotAssumeRole,
  secret,
  type Warning,
} from '../src/index.ts'
import { fakeSts, identity, refusal, session } from './fake-sts.ts'

const roleArn = 'arn:aws:iam::222222222222:role/orders-reader'
const externalId = 'an-external-id-of-a-partner'
const policy = policies.kinesisRead('arn:aws:kinesis:eu-west-1:222222222222:stream/orders')
const denial = refusal(
  'AccessDenied',
  `User: arn:aws:iam::111111111111:user/u is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
)

async function failureOf(promise: Promise<unknown>): Promise<CausewayError> {
  return promise.then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  )
}

afterEach(() => vi.useRealTimers())

describe('assumedRole', () => {
  it('assumes the role with all that makes up the identity', async () => {
    const { sts, requests } = fakeSts([session])
    const credentials = await assumedRole({
      sts,
      roleArn,
      externalId,
      policy,
      managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      tags: { tenant: 'acme' },
      sourceIdentity: 'alice',
      duration: 1800,
      sessionName: 'causeway-orders-reader',
    })()

    expect(Object.fromEntries(requests[0]?.parameters ?? [])).toEqual({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'causeway-orders-reader',
      DurationSeconds: '1800',
      ExternalId: externalId,
      Policy: expect.any(String),
      'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
      'Tags.member.1.Key': 'tenant',
      'Tags.member.1.Value': 'acme',
      SourceIdentity: 'alice',
    })
    expect(JSON.parse(requests[0]?.parameters.get('Policy') ?? '')).toEqual(policy)
    expect(credentials).toMatchObject({ secretAccessKey: 'session-secret', sessionToken: 'session-token' })
    expect(credentials.accountId).toBe('222222222222')
  })

  it('asks for an hour as `causeway`, and for nothing else, when nothing else is said', async () => {
    const { sts, requests } = fakeSts([session])
    await assumedRole({ sts, roleArn })()
    const { Action, Version, ...rest } = Object.fromEntries(requests[0]?.parameters ?? [])
    expect(rest).toEqual({ RoleArn: roleArn, RoleSessionName: 'causeway', DurationSeconds: '3600' })
  })

  it('tells of each session, its packed policy size and its ARN, but none of its keys', async () => {
    const { sts } = fakeSts([session])
    const sessions: AssumedSession[] = []
    const credentials = await assumedRole({ sts, roleArn, onSession: (session) => sessions.push(session) })()
    expect(sessions).toEqual([
      {
        roleArn,
        sessionArn: 'arn:aws:sts::222222222222:assumed-role/orders-reader/causeway',
        expiration: credentials.expiration,
        packedPolicySize: 6,
      },
    ])
  })

  it('gives the session though the listener that is told of it throws', async () => {
    using emitted = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const broken = new Error('the listener is broken')
    const onSession = () => {
      throw broken
    }
    const { sts } = fakeSts([session])
    await expect(assumedRole({ sts, roleArn, onSession })()).resolves.toHaveProperty('accessKeyId')
    expect(emitted.mock.calls).toEqual([[broken]])
  })

  it('holds no session for longer than it asked for, when this machine’s clock is behind that of STS', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { sts } = fakeSts([
      (request) => {
        const real = Date.now()
        vi.setSystemTime(real + 7_200_000)
        const answer = session(request)
        vi.setSystemTime(real)
        return answer
      },
    ])
    const { expiration } = await assumedRole({ sts, roleArn })()
    expect(expiration?.getTime()).toBe(Date.now() + 3_600_000)
  })

  it('makes one AssumeRole call for 500 concurrent callers', async () => {
    const { sts, requests } = fakeSts([session])
    const all = await Promise.all(Array.from({ length: 500 }, () => assumedRole({ sts, roleArn, externalId })()))
    expect(requests).toHaveLength(1)
    expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(1)
  })

  it('survives STS failing during a renewal: the held session is served and the failure reported', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { sts, requests } = fakeSts([session, refusal('InternalFailure', 'try later', 500)])
    const warnings: Warning[] = []
    const provider = assumedRole({ sts, roleArn, onWarning: (warning) => warnings.push(warning) })
    const first = await provider()
    vi.advanceTimersByTime(3_590_000)
    expect(await provider()).toBe(first)
    expect(requests).toHaveLength(2)
    expect(warnings).toMatchObject([{ code: 'RenewalFailed', cause: { code: 'AssumeRoleFailed', retryable: true } }])
    vi.advanceTimersByTime(10_000)
    await expect(provider()).rejects.toThrow(AssumeRoleFailed)
  })
})

describe('assumedRole, asked twice', () => {
  const { sts } = fakeSts([session])
  const base: AssumedRoleOptions = {
    sts,
    roleArn,
    externalId,
    policy,
    managedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::222222222222:policy/orders'],
    tags: { tenant: 'acme', app: 'orders' },
    sourceIdentity: 'alice',
    duration: 3600,
    sessionName: 'causeway',
  }
  const provider = assumedRole(base)

  it.each<[string, AssumedRoleOptions]>([
    ['the same options', { ...base }],
    ['tags in another order', { ...base, tags: { app: 'orders', tenant: 'acme' } }],
    [
      'managed policies in another order',
      { ...base, managedPolicyArns: [...(base.managedPolicyArns ?? [])].reverse() },
    ],
    ['a policy with its keys in another order', { ...base, policy: reversed(policy) }],
    ['defaults left out', without(base, 'duration', 'sessionName')],
    ['other listeners', { ...base, onSession: () => {}, onWarning: () => {} }],
  ])('shares the provider, and so the session, for %s', (_, options) => {
    expect(assumedRole(options)).toBe(provider)
  })

  it.each<[string, AssumedRoleOptions]>([
    ['role', { ...base, roleArn: `${roleArn}-2` }],
    ['ExternalId', { ...base, externalId: 'another' }],
    ['ExternalId, by reference,', { ...base, externalId: secret('env:EXTERNAL_ID') }],
    ['policy', without(base, 'policy')],
    ['managed policy', { ...base, managedPolicyArns: [] }],
    ['tag', { ...base, tags: { tenant: 'acme', app: 'other' } }],
    ['source identity', { ...base, sourceIdentity: 'bob' }],
    ['duration', { ...base, duration: 1800 }],
    ['session name', { ...base, sessionName: 'causeway-2' }],
    ['STS client', { ...base, sts: fakeSts([session]).sts }],
    ['region', { ...without(base, 'sts'), region: 'eu-west-1' }],
  ])('makes another session for another %s', (_, options) => {
    expect(assumedRole(options)).not.toBe(provider)
  })

  it('makes sessions apart for two regions without an STS client', () => {
    const [ireland, virginia] = ['eu-west-1', 'us-east-1'].map((region) => assumedRole({ roleArn, region }))
    expect(ireland).not.toBe(virginia)
    expect(assumedRole({ roleArn, region: 'eu-west-1' })).toBe(ireland)
  })

  it('takes a secret for the same by its reference', () => {
    const [one, two] = [1, 2].map(() => assumedRole({ sts, roleArn, externalId: secret('env:EXTERNAL_ID') }))
    expect(one).toBe(two)
  })

  it('does not take a secret for another of the same reference that is looked up elsewhere', async () => {
    const { sts, requests } = fakeSts([session])
    const tenants = ['of-tenant-a', 'of-tenant-b'].map((EXTERNAL_ID) => {
      const externalId = secret('env:EXTERNAL_ID', { environment: { EXTERNAL_ID } })
      return { externalId, provider: assumedRole({ sts, roleArn, externalId }) }
    })
    const sessions = await Promise.all(tenants.map(({ provider }) => provider()))
    expect(sessions[0]?.accessKeyId).not.toBe(sessions[1]?.accessKeyId)
    expect(requests.map(({ parameters }) => parameters.get('ExternalId')).sort()).toEqual([
      'of-tenant-a',
      'of-tenant-b',
    ])
    for (const { externalId, provider } of tenants) expect(assumedRole({ sts, roleArn, externalId })).toBe(provider)
  })

  it('does not take a secret of another kind for one of ours', () => {
    const theirs = { reference: 'env:EXTERNAL_ID', value: async () => 'of-tenant-b' }
    const [ours, other] = [secret('env:EXTERNAL_ID'), theirs].map((externalId) =>
      assumedRole({ sts, roleArn, externalId }),
    )
    expect(ours).not.toBe(other)
  })

  it('silences no listener for a later caller who gives none', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { sts } = fakeSts([session, refusal('InternalFailure', 'try later', 500)])
    const told: string[] = []
    assumedRole({ sts, roleArn, onSession: () => told.push('session'), onWarning: () => told.push('warning') })
    const provider = assumedRole({ sts, roleArn })
    await provider()
    vi.advanceTimersByTime(3_590_000)
    await provider()
    expect(told).toEqual(['session', 'warning'])
  })

  it('tells the listeners of the latest caller', async () => {
    const { sts } = fakeSts([session])
    const told: string[] = []
    assumedRole({ sts, roleArn, onSession: () => told.push('first') })
    await assumedRole({ sts, roleArn, onSession: () => told.push('second') })()
    expect(told).toEqual(['second'])
  })

  it('shares the 1,000 identities used last, and holds no more', () => {
    const { sts } = fakeSts([session])
    const nth = (n: number) => assumedRole({ sts, roleArn, sessionName: `session-${n}` })
    const [first, second] = [nth(0), nth(1)]
    for (let n = 2; n < 1000; n += 1) nth(n)
    expect(nth(0)).toBe(first)
    nth(1000)
    expect(nth(0)).toBe(first)
    expect(nth(1)).not.toBe(second)
  })
})

describe('assumedRole with an ExternalId by reference', () => {
  it('looks it up for each AssumeRole, so that a new value is taken up', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { sts, requests } = fakeSts([session])
    const environment = { EXTERNAL_ID: 'the-old-one' }
    const provider = assumedRole({ sts, roleArn, externalId: secret('env:EXTERNAL_ID', { environment }) })
    await provider()
    environment.EXTERNAL_ID = 'the-new-one'
    vi.advanceTimersByTime(3_400_000)
    await provider()
    expect(requests.map(({ parameters }) => parameters.get('ExternalId'))).toEqual(['the-old-one', 'the-new-one'])
  })

  it('fails with the reference alone when the value cannot be looked up', async () => {
    const { sts, requests } = fakeSts([session])
    const provider = assumedRole({ sts, roleArn, externalId: secret('env:EXTERNAL_ID', { environment: {} }) })
    await expect(provider()).rejects.toThrow('The secret env:EXTERNAL_ID is not set.')
    expect(requests).toEqual([])
  })

  it('sends no value that STS would refuse, and does not repeat it', async () => {
    const { sts, requests } = fakeSts([session])
    const environment = { EXTERNAL_ID: 'not an external id' }
    const error = await failureOf(
      assumedRole({ sts, roleArn, externalId: secret('env:EXTERNAL_ID', { environment }) })(),
    )
    expect(error.message).toBe('assumedRole: what env:EXTERNAL_ID holds is not an ExternalId as STS accepts it.')
    expect(requests).toEqual([])
  })
})

describe('assumedRole, refused by STS', () => {
  it('says who was refused what, without the ExternalId', async () => {
    const { sts } = fakeSts([denial])
    const error = await failureOf(assumedRole({ sts, roleArn, externalId, sessionName: 'reader' })())
    expect(error).toBeInstanceOf(AssumeRoleDenied)
    expect(error).toMatchObject({
      code: 'AssumeRoleDenied',
      name: 'AssumeRoleDenied',
      retryable: false,
      roleArn,
      sessionName: 'reader',
      callerArn: 'arn:aws:iam::111111111111:user/u',
      cause: { name: 'AccessDenied' },
    })
    expect(error.message).toBe(
      `STS refuses ${roleArn} to arn:aws:iam::111111111111:user/u. Compare the ExternalId, the role's trust policy and ` +
        "the caller's own policies; `causeway doctor` says which is likely.",
    )
  })

  it('asks STS who the caller is when the denial does not say', async () => {
    const { sts, requests } = fakeSts([
      refusal('AccessDenied', `User: is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`),
      identity('arn:aws:iam::111111111111:user/u'),
    ])
    expect(await failureOf(assumedRole({ sts, roleArn })())).toMatchObject({
      callerArn: 'arn:aws:iam::111111111111:user/u',
    })
    expect(requests.map(({ parameters }) => parameters.get('Action'))).toEqual(['AssumeRole', 'GetCallerIdentity'])
  })

  it('still says that it was denied when STS does not say to whom', async () => {
    const { sts } = fakeSts([refusal('AccessDenied', 'no'), new Error('STS is gone')])
    const error = await failureOf(assumedRole({ sts, roleArn })())
    expect(error).toBeInstanceOf(AssumeRoleDenied)
    expect(error.message).toContain(`STS refuses ${roleArn} to the caller.`)
  })

  it.each([
    ['AWS’s message', [refusal('AccessDenied', 'Roles may not be assumed by root accounts.'), new Error('gone')]],
    [
      'the caller’s ARN in the message',
      [refusal('AccessDenied', 'User: arn:aws:iam::111111111111:root is not authorized to perform: sts:AssumeRole')],
    ],
    ['GetCallerIdentity', [refusal('AccessDenied', 'Access denied'), identity('arn:aws:iam::111111111111:root')]],
  ])('tells a root key what to use instead, as known by %s', async (_, answers) => {
    const { sts } = fakeSts(answers)
    const error = await failureOf(assumedRole({ sts, roleArn })())
    expect(error).toBeInstanceOf(RootCannotAssumeRole)
    expect(error.message).toBe(
      `An account's root user cannot assume a role, so not ${roleArn}. Use a user or a role of that account; all it ` +
        `needs is policies.assumeRole('${roleArn}').`,
    )
  })

  it('does not take an answer without credentials for a session', async () => {
    const { sts } = fakeSts([{ status: 200, body: '<AssumeRoleResponse><AssumeRoleResult/></AssumeRoleResponse>' }])
    const error = await failureOf(assumedRole({ sts, roleArn })())
    expect(error.message).toBe(`${roleArn} could not be assumed: Error: STS gave no credentials`)
  })

  it('says in plain words that there was no answer', async () => {
    const message = '@smithy/node-http-handler - [ERROR] a request has exceeded the configured 10000 ms requestTimeout.'
    const { sts } = fakeSts([Object.assign(new Error(message), { name: 'TimeoutError' })])
    const error = await failureOf(assumedRole({ sts, roleArn })())
    expect(error.message).toBe(`${roleArn} could not be assumed: TimeoutError: there was no answer for 10 s`)
  })

  it('says that the caller’s own session has ended', async () => {
    const { sts } = fakeSts([refusal('ExpiredToken', 'The security token included in the request is expired')])
    expect(await failureOf(assumedRole({ sts, roleArn })())).toBeInstanceOf(CallerSessionExpired)
  })

  it('passes on how much too large the packed policy is', async () => {
    const message = 'Packed size of session policy consumes 112% of allotted space.'
    const { sts } = fakeSts([refusal('PackedPolicyTooLarge', message, 400)])
    const error = await failureOf(assumedRole({ sts, roleArn, policy })())
    expect(error).toBeInstanceOf(PackedPolicyTooLarge)
    expect(error.message).toContain(message)
  })

  it.each([
    ['throttling', refusal('Throttling', 'Rate exceeded', 400), true],
    ['a server error', refusal('InternalFailure', 'oops', 500), true],
    ['a connection that breaks', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }), true],
    ['a bad key', refusal('InvalidClientTokenId', 'The security token included in the request is invalid'), false],
    [
      'a long duration',
      refusal('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration', 400),
      false,
    ],
  ])('marks %s as to be tried again or not', async (_, answer, retryable) => {
    const { sts } = fakeSts([answer])
    const error = await failureOf(assumedRole({ sts, roleArn })())
    expect(error).toMatchObject({ code: 'AssumeRoleFailed', retryable, roleArn })
    expect(error.message).toContain(`${roleArn} could not be assumed: `)
  })

  it.each([
    ['AccessDenied', 403],
    ['ExpiredToken', 403],
    ['MalformedPolicyDocument', 400],
    ['ValidationError', 400],
    ['Throttling', 400],
  ])('never repeats the ExternalId, not even from a %s that does', async (code, status) => {
    const { sts } = fakeSts([refusal(code, `Value '${externalId}' at 'externalId' is wrong`, status)])
    const error = await failureOf(assumedRole({ sts, roleArn, externalId })())
    expect(`${error.stack} ${inspect(error, { depth: 10, showHidden: true })}`).not.toContain(externalId)
    expect(error.cause).toMatchObject({ name: expect.stringContaining(code) })
  })
})

describe('assumedRole, when STS repeats what was signed', () => {
  const canonical = 'x-amz-security-token:IQoJEXAMPLETOKEN\n\nhost;x-amz-date;x-amz-security-token'

  it.each([
    ['SignatureDoesNotMatch', 403],
    ['AccessDenied', 403],
    ['PackedPolicyTooLarge', 400],
  ])('shows no session token of a %s, nowhere in the error', async (code, status) => {
    const { sts } = fakeSts([refusal(code, `It does not match.\n\nThe Canonical String:\n'POST\n${canonical}`, status)])
    const error = await failureOf(assumedRole({ sts, roleArn })())
    expect(`${error.stack} ${inspect(error, { depth: 10, showHidden: true })}`).not.toContain('EXAMPLETOKEN')
    expect(error.cause).toMatchObject({ name: expect.stringContaining(code), $metadata: { httpStatusCode: status } })
  })

  it('says in one line what STS said', async () => {
    const { sts } = fakeSts([
      refusal('SignatureDoesNotMatch', `It does not match.\n\nThe Canonical String:\n${canonical}`),
    ])
    const error = await failureOf(assumedRole({ sts, roleArn })())
    expect(error.message).toBe(`${roleArn} could not be assumed: SignatureDoesNotMatch: It does not match.`)
  })
})

describe('assumedRole, asked for a long or short session', () => {
  const chained = { accessKeyId: 'ASIA', secretAccessKey: 's', sessionToken: 'a session of its own' }

  it('refuses more than an hour to a caller that is a session itself, before it asks STS', async () => {
    const { sts, requests } = fakeSts([session], chained)
    const error = await failureOf(assumedRole({ sts, roleArn, duration: 3601 })())
    expect(error).toBeInstanceOf(ChainedSessionTooLong)
    expect(error.message).toBe(
      'A role that assumes a role, as any Lambda function does, gets at most 3600 s; 3601 s were asked for ' +
        `${roleArn}. Ask for 3600 s or less.`,
    )
    expect(requests).toEqual([])
  })

  it('lets a session ask for an hour, and a user for twelve', async () => {
    await assumedRole({ sts: fakeSts([session], chained).sts, roleArn, duration: 3600 })()
    const { sts, requests } = fakeSts([session])
    await assumedRole({ sts, roleArn, duration: 43_200 })()
    expect(requests[0]?.parameters.get('DurationSeconds')).toBe('43200')
  })

  it.each([[899], [43_201], [1000.5]])('refuses %d s', (duration) => {
    expect(() => assumedRole({ roleArn, duration })).toThrow(/^assumedRole: duration must be/)
  })

  it('warns once of a session under 1800 s', () => {
    const { sts } = fakeSts([session])
    const warnings: Warning[] = []
    const onWarning = (warning: Warning) => warnings.push(warning)
    for (const _ of [1, 2]) assumedRole({ sts, roleArn, duration: 1799, onWarning })
    assumedRole({ sts, roleArn, duration: 1800, onWarning })
    expect(warnings).toEqual([
      {
        code: 'ShortSession',
        message:
          `Sessions of ${roleArn} last 1799 s; some AWS SDKs renew credentials 900 s before their end, so they ask for ` +
          'these at every use. Ask for 1800 s or more.',
      },
    ])
  })

  it('warns through Node where no listener is given', async () => {
    const emitted = new Promise<Error & { code?: string }>((resolve) => process.once('warning', resolve))
    assumedRole({ sts: fakeSts([session]).sts, roleArn, duration: 900 })
    expect(await emitted).toMatchObject({ name: 'CausewayWarning', code: 'ShortSession' })
  })
})

describe('assumedRole and the STS endpoint', () => {
  it('is the one of the client’s region', async () => {
    const { sts, requests } = fakeSts([session])
    await assumedRole({ sts, roleArn })()
    expect(requests[0]?.hostname).toBe('sts.eu-west-1.amazonaws.com')
  })

  it.each([
    ['asks for it', { region: 'us-east-1', useGlobalEndpoint: true }],
    ['asks for it by a function', { region: 'us-east-1', useGlobalEndpoint: async () => true }],
    ['is of the pseudo region', { region: 'aws-global' }],
  ])('is never the global one: a client that %s is refused', async (_, configuration) => {
    const sts = new STSClient({ ...configuration, credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
    await expect(assumedRole({ sts, roleArn })()).rejects.toThrow(
      'assumedRole: sts uses the global endpoint; make the client for a region instead.',
    )
  })
})

describe('assumedRole, given something else than its options', () => {
  it.each<[object, string]>([
    [
      { roleArn: 'orders-reader' },
      'roleArn must be the ARN of a role, without wildcards: arn:aws:iam::111111111111:role/orders-sender.',
    ],
    [{ roleArn: 'arn:aws:iam::222222222222:role/*' }, 'roleArn must be the ARN of a role'],
    [{}, 'roleArn is missing.'],
    [{ roleArn, sessionName: 'a b' }, 'sessionName must be 2 to 64 characters of A-Z, a-z, 0-9 and _+=,.@-.'],
    [{ roleArn, sessionName: 'x' }, 'sessionName must be 2 to 64 characters'],
    [{ roleArn, sourceIdentity: 'aws:x' }, 'sourceIdentity must be 2 to 64 characters'],
    [{ roleArn, tags: { 'aws:tenant': 'x' } }, 'tags.aws:tenant is not a key that STS accepts for a tag.'],
    [{ roleArn, tags: { tenant: 'a', Tenant: 'b' } }, 'tags must not have keys that differ in case only.'],
    [{ roleArn, managedPolicyArns: ['ReadOnlyAccess'] }, 'managedPolicyArns.0 must be the ARN of a managed policy'],
    [{ roleArn, policy: JSON.stringify(policy) }, 'policy must be a policy document.'],
    [{ roleArn, durationSeconds: 900 }, 'durationSeconds is not an option.'],
    [{ roleArn, region: 'aws-global' }, 'region must be a region: eu-west-1.'],
    [{ roleArn, region: 'eu-west-1', sts: fakeSts([]).sts }, 'region is the STS client’s own when sts is given'],
    [{ roleArn, onWarning: 'log' }, 'onWarning is of the wrong type.'],
  ])('refuses %o in one sentence', (options, message) => {
    const make = () => assumedRole(options as AssumedRoleOptions)
    expect(make).toThrow(InvalidOptions)
    expect(make).toThrow(`assumedRole: ${message}`)
  })

  it.each([['with space'], ['x'], ['x'.repeat(1225)], [12_345]])('never repeats the ExternalId %s', (externalId) => {
    const make = () => assumedRole({ roleArn, externalId: externalId as string })
    expect(make).toThrow(/^assumedRole: externalId must be (a secret\(\), or )?an ExternalId as STS accepts it/)
    expect(make).not.toThrow(String(externalId).length > 1 ? String(externalId) : '"x"')
  })
})

function without<Key extends keyof AssumedRoleOptions>(options: AssumedRoleOptions, ...keys: Key[]) {
  return Object.fromEntries(Object.entries(options).filter(([key]) => !keys.includes(key as Key))) as AssumedRoleOptions
}

function reversed({ Version, Statement }: PolicyDocument): PolicyDocument {
  return { Statement: Statement.map((s) => Object.fromEntries(Object.entries(s).reverse())) as never, Version }
}
