import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assumedRole, type PolicyDocument, policies, SessionPolicyTooLarge, sessionPolicy } from '../src/index.ts'
import { fakeSts, session } from './fake-sts.ts'

const roleArn = 'arn:aws:iam::111111111111:role/orders-sender'
const keyArn = 'arn:aws:kms:eu-west-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const queue = (name: string) => `arn:aws:sqs:eu-west-1:111111111111:${name}`
const edge = (name: string) => policies.edgeSend({ queueArn: queue(name), keyArn })

/** A policy whose text has exactly this many characters. */
function ofLength(characters: number): PolicyDocument {
  const document = (value: string): PolicyDocument => ({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::bucket/${value}` }],
  })
  return document('x'.repeat(characters - JSON.stringify(document('')).length))
}

describe('sessionPolicy', () => {
  it('makes one statement of those that differ in their resources only', () => {
    expect(sessionPolicy(edge('orders'), edge('returns'), edge('orders'))).toEqual({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: [queue('orders'), queue('returns')] },
        {
          Effect: 'Allow',
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: keyArn,
          Condition: { StringEquals: { 'kms:ViaService': 'sqs.eu-west-1.amazonaws.com' } },
        },
      ],
    })
  })

  it('keeps apart what differs in its actions or conditions', () => {
    const [one, other] = [policies.s3Read('exports', 'orders/'), policies.s3Read('exports', 'returns/')]
    const { Statement } = sessionPolicy(one, other)
    expect(Statement.map(({ Action }) => Action)).toEqual(['s3:ListBucket', 's3:GetObject', 's3:ListBucket'])
  })

  it('allows for each resource what one of the policies allowed, no more and no less', () => {
    const uses = ({ Statement }: PolicyDocument) =>
      Statement.flatMap(({ Effect, Action, Resource, Condition }) =>
        [Resource].flat().map((resource) => JSON.stringify([Effect, Action, resource, Condition])),
      )
    const one = fc.constantFrom(
      edge('orders'),
      edge('returns'),
      policies.s3Read('exports', 'orders/'),
      policies.assumeRole(roleArn),
    )
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 8 }), (documents) => {
        expect(new Set(uses(sessionPolicy(...documents)))).toEqual(new Set(documents.flatMap(uses)))
      }),
    )
  })

  it('may have 2,048 characters', () => {
    expect(() => sessionPolicy(ofLength(2048))).not.toThrow()
    expect(() => sessionPolicy(ofLength(2049))).toThrow(SessionPolicyTooLarge)
  })

  it('names its biggest part when it has more', () => {
    const edges = Array.from({ length: 40 }, (_, n) => edge(`orders-${n}`))
    expect(() => sessionPolicy(...edges, policies.assumeRole(roleArn))).toThrow(
      'The session policy is 2,305 characters; AWS allows 2,048. The biggest part is the 40 resources of ' +
        'sqs:SendMessage (1,928). Name fewer of them for one session, or give them a role of their own.',
    )
  })

  it('names a single resource by itself', () => {
    expect(() => sessionPolicy(ofLength(3000))).toThrow(
      /The biggest part is s3:GetObject on arn:aws:s3:::bucket\/x+ \(2,9\d\d\)/,
    )
  })
})

describe('assumedRole with a session policy', () => {
  const managedPolicyArns = ['arn:aws:iam::111111111111:policy/orders', 'arn:aws:iam::111111111111:policy/returns']
  const managed = managedPolicyArns.join('').length

  it('counts the managed policies’ ARNs', () => {
    const fits = { roleArn, managedPolicyArns, policy: ofLength(2048 - managed) }
    expect(() => assumedRole(fits)).not.toThrow()
    expect(() => assumedRole({ ...fits, policy: ofLength(2048 - managed + 1) })).toThrow(SessionPolicyTooLarge)
    const long = Array.from({ length: 10 }, (_, n) => `arn:aws:iam::111111111111:policy/${'x'.repeat(120)}${n}`)
    const policy = policies.assumeRole(roleArn)
    expect(() =>
      assumedRole({ roleArn, managedPolicyArns: long, policy: sessionPolicy(policy, ofLength(600)) }),
    ).toThrow('The biggest part is the 10 managed policy ARNs (1,540).')
  })

  it('writes characters that STS does not take in ASCII, and counts them so', async () => {
    const { sts, requests } = fakeSts([session])
    const policy = policies.s3Read('exports', '注文/é/')
    await assumedRole({ sts, roleArn, policy })()
    const text = requests[0]?.parameters.get('Policy') ?? ''
    expect(text).toMatch(/^[\u0020-\u00ff]+$/)
    expect(JSON.parse(text)).toEqual(policy)
    const long = policies.s3Read('exports', `${'注'.repeat(200)}/`)
    expect(() => assumedRole({ roleArn, policy: long })).toThrow(/^The session policy is 2,\d{3} characters/)
  })
})
