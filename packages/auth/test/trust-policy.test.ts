import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidOptions, partnerPrincipal, servicePrincipal, trustPolicy } from '../src/index.ts'

const role = 'arn:aws:iam::222222222222:role/orders-sender'
const root = { AWS: 'arn:aws:iam::222222222222:root' }

describe('partnerPrincipal', () => {
  it('is the root of the account, narrowed to the role and its sessions', () => {
    expect(partnerPrincipal(role)).toEqual({
      Principal: root,
      Condition: {
        ArnLike: {
          'aws:PrincipalArn': [role, 'arn:aws:sts::222222222222:assumed-role/orders-sender/*'],
        },
      },
    })
  })

  it('leaves the role’s path out of its sessions, whose ARNs have none', () => {
    const { Condition } = partnerPrincipal('arn:aws:iam::222222222222:role/teams/orders/sender')
    expect(Condition?.ArnLike?.['aws:PrincipalArn']).toEqual([
      'arn:aws:iam::222222222222:role/teams/orders/sender',
      'arn:aws:sts::222222222222:assumed-role/sender/*',
    ])
  })

  it('names a user as it is', () => {
    const user = 'arn:aws:iam::222222222222:user/teams/alice'
    expect(partnerPrincipal([user]).Condition).toEqual({ ArnLike: { 'aws:PrincipalArn': [user] } })
  })

  it('is the whole account, in whichever partition, when only its id is given', () => {
    expect(partnerPrincipal('222222222222')).toEqual({ Principal: { AWS: '222222222222' } })
  })

  it('stays in the partition of its ARNs', () => {
    expect(partnerPrincipal(role.replace('aws', 'aws-us-gov')).Principal).toEqual({
      AWS: 'arn:aws-us-gov:iam::222222222222:root',
    })
  })

  it('never names a role as the principal itself, for any roles of an account', () => {
    const name = fc.stringMatching(/^[\w+=,.@-]{1,20}$/)
    const roles = fc.array(fc.tuple(fc.array(name, { maxLength: 3 }), name), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(roles, (parts) => {
        const arns = parts.map(([path, last]) => `arn:aws:iam::222222222222:role/${[...path, last].join('/')}`)
        const { Principal, Condition } = partnerPrincipal(arns)
        expect(Principal).toEqual(root)
        const patterns = Condition?.ArnLike?.['aws:PrincipalArn'] ?? []
        expect(patterns).toHaveLength(2 * arns.length)
        for (const pattern of patterns) {
          expect(pattern).toMatch(
            /^arn:aws:(iam::222222222222:role\/[^*]+|sts::222222222222:assumed-role\/[^/*]+\/\*)$/,
          )
        }
      }),
    )
  })

  it.each([
    [[]],
    ['*'],
    ['2222'],
    ['arn:aws:iam::222222222222:root'],
    ['arn:aws:iam::222222222222:role/*'],
    ['arn:aws:iam::222222222222:role/orders-?'],
    ['arn:aws:sts::222222222222:assumed-role/orders-sender/session'],
    [[role, 'arn:aws:iam::333333333333:role/orders-sender']],
    [[role, role.replace('aws', 'aws-cn')]],
  ])('refuses %j', (partner) => {
    expect(() => partnerPrincipal(partner)).toThrow(
      new InvalidOptions(
        'partnerPrincipal: the argument must be an account id of 12 digits, or ARNs of roles or users of one account, ' +
          'without wildcards.',
      ),
    )
  })
})

describe('servicePrincipal', () => {
  const caller = { service: 's3.amazonaws.com', sourceArn: 'arn:aws:s3:::exports', sourceAccount: '222222222222' }

  it('is the service on behalf of one resource of one account', () => {
    expect(servicePrincipal(caller)).toEqual({
      Principal: { Service: 's3.amazonaws.com' },
      Condition: {
        ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::exports' },
        StringEquals: { 'aws:SourceAccount': '222222222222' },
      },
    })
  })

  it.each([
    [{ ...caller, sourceArn: 'arn:aws:s3:::*' }, 'sourceArn must be an ARN, without wildcards.'],
    [{ ...caller, sourceArn: '*' }, 'sourceArn must be an ARN, without wildcards.'],
    [{ ...caller, service: '*' }, 'service must be a service: s3.amazonaws.com.'],
    [{ service: caller.service, sourceArn: caller.sourceArn }, 'sourceAccount is missing.'],
  ])('refuses %j', (caller, message) => {
    expect(() => servicePrincipal(caller as never)).toThrow(new InvalidOptions(`servicePrincipal: ${message}`))
  })
})

describe('trustPolicy', () => {
  it('lets a partner assume the role with its ExternalId, and nobody without', () => {
    expect(trustPolicy({ principal: '222222222222', externalIds: ['the-one'] })).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { AWS: '222222222222' },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'sts:ExternalId': ['the-one'] } },
        },
      ],
    })
  })

  it('narrows the partner to some of its roles', () => {
    const { Statement } = trustPolicy({ principal: [role], externalIds: ['the-one'] })
    expect(Statement[0]?.Condition).toEqual({
      ...partnerPrincipal(role).Condition,
      StringEquals: { 'sts:ExternalId': ['the-one'] },
    })
  })

  it('accepts two ExternalIds while one replaces the other', () => {
    const { Statement } = trustPolicy({ principal: role, externalIds: ['the-old-one', 'the-new-one'] })
    expect(Statement[0]?.Condition?.StringEquals).toEqual({ 'sts:ExternalId': ['the-old-one', 'the-new-one'] })
  })

  it('allows tags of the given keys and a source identity to the same partner, apart from the ExternalId', () => {
    const options = { principal: role, externalIds: ['the-one'], sessionTags: ['tenant'], sourceIdentity: true }
    const { Statement } = trustPolicy(options)
    const narrowed = partnerPrincipal(role)
    expect(Statement.slice(1)).toEqual([
      {
        Effect: 'Allow',
        Principal: root,
        Action: 'sts:TagSession',
        Condition: { ...narrowed.Condition, 'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenant'] } },
      },
      { Effect: 'Allow', ...narrowed, Action: 'sts:SetSourceIdentity' },
    ])
  })

  it.each<[object, string]>([
    [{ principal: role, externalIds: [] }, 'externalIds must hold an ExternalId: without one'],
    [{ principal: role }, 'externalIds is missing.'],
    [{ principal: role, externalIds: ['aa', 'bb', 'cc'] }, 'externalIds must hold one ExternalId, or two'],
    [{ principal: '*', externalIds: ['aa'] }, 'principal must be an account id of 12 digits'],
    [{ principal: role, externalIds: ['aa'], sessionTags: ['*'] }, 'sessionTags.0 must be a key, without wildcards.'],
    [{ principal: role, externalIds: ['aa'], mfa: true }, 'mfa is not an option.'],
  ])('refuses %j', (options, message) => {
    expect(() => trustPolicy(options as never)).toThrow(`trustPolicy: ${message}`)
  })

  it('never repeats an ExternalId that it refuses', () => {
    const make = () => trustPolicy({ principal: role, externalIds: ['not an external id'] })
    expect(make).toThrow(/^trustPolicy: externalIds\.0 must be an ExternalId as STS accepts it/)
    expect(make).not.toThrow(/not an external id/)
  })
})
