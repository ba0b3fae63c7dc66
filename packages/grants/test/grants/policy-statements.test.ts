import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admits } from '../../src/grants/given/admits.ts'
import { changePolicy } from '../../src/grants/given/change-policy.ts'
import { withStatements } from '../../src/grants/given/policy-document.ts'
import type { PolicyHolder } from '../../src/grants/given/policy-holder.ts'
import { statementsOf } from '../../src/grants/given/statements.ts'
import { given, keyArn, partner, queueArn, senderArn } from './example-grants.ts'

const until = '2026-12-31T00:00:00Z'
const root = `arn:aws:iam::${partner}:root`
const names = { ArnLike: { 'aws:PrincipalArn': [senderArn, `arn:aws:sts::${partner}:assumed-role/orders-sender/*`] } }
const wanted = statementsOf(given).get(queueArn) ?? []

describe('what a grant writes into our policies', () => {
  it('lets the named roles of the partner send, with the key, by SQS only', () => {
    expect([...statementsOf(given)]).toEqual([
      [
        queueArn,
        [
          {
            Sid: `CausewayGrant${given.id}1`,
            Effect: 'Allow',
            Principal: { AWS: root },
            Action: ['sqs:SendMessage'],
            Resource: queueArn,
            Condition: names,
          },
        ],
      ],
      [
        keyArn,
        [
          {
            Sid: `CausewayGrant${given.id}1`,
            Effect: 'Allow',
            Principal: { AWS: root },
            Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
            Resource: '*',
            Condition: { ...names, StringEquals: { 'kms:ViaService': 'sqs.eu-west-1.amazonaws.com' } },
          },
        ],
      ],
    ])
  })

  it('says the end of the grant in each statement', () => {
    for (const statements of statementsOf({ ...given, until }).values()) {
      for (const { Condition } of statements) {
        expect(Condition).toMatchObject({ ...names, DateLessThan: { 'aws:CurrentTime': until } })
      }
    }
  })

  it('lets nobody list the tags of a queue, whom SQS would refuse', () => {
    const actions = [...statementsOf({ ...given, actions: ['receive'] }).values()]
      .flat()
      .flatMap(({ Action }) => Action)
    expect(actions).not.toContain('sqs:ListQueueTags')
  })

  it('puts what is of a prefix into the policy of its bucket', () => {
    const resource = { kind: 'prefix', bucket: 'exports', prefix: 'orders/' } as const
    const [[arn, statements] = ['', []]] = statementsOf({ ...given, resource, actions: ['read'] })
    expect(arn).toBe('arn:aws:s3:::exports')
    expect(statements.map(({ Sid, Action, Resource }) => ({ Sid, Action, Resource }))).toEqual([
      { Sid: `CausewayGrant${given.id}1`, Action: ['s3:ListBucket'], Resource: 'arn:aws:s3:::exports' },
      { Sid: `CausewayGrant${given.id}2`, Action: ['s3:GetObject'], Resource: 'arn:aws:s3:::exports/orders/*' },
    ])
  })
})

const others = [
  { Sid: 'NoPlainHttp', Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: queueArn },
  { Sid: 'CausewayGrant0000000000000000x', Effect: 'Allow', Principal: { AWS: root }, Action: 'sqs:SendMessage' },
]
const policyOf = (Statement: unknown) => JSON.stringify({ Version: '2008-10-17', Id: 'mine', Statement })
const parse = (text: string | undefined) => JSON.parse(text ?? 'null')

describe('a policy with statements of others', () => {
  it('keeps all of them, and what else is in it, as they were', () => {
    const after = withStatements(policyOf(others), queueArn, given.id, wanted)
    expect(parse(after)).toEqual({ Version: '2008-10-17', Id: 'mine', Statement: [...others, ...wanted] })
    expect(parse(withStatements(after, queueArn, given.id, []))).toEqual(parse(policyOf(others)))
  })

  it('keeps the one that is not in a list', () => {
    expect(parse(withStatements(policyOf(others[0]), queueArn, given.id, wanted)).Statement).toEqual([
      others[0],
      ...wanted,
    ])
  })

  it('is not touched where the statements are there already, as AWS writes them', () => {
    const [one] = wanted
    const [action] = [one?.Action].flat()
    const asGiven = policyOf([...others, { ...one, Action: action }])
    expect(withStatements(asGiven, queueArn, given.id, wanted)).toBe(asGiven)
    expect(withStatements(policyOf(others), queueArn, given.id, [])).toBe(policyOf(others))
  })

  it('has a statement of ours that somebody has widened put right', () => {
    const widened = policyOf([...others, { ...wanted[0], Action: 'sqs:*' }])
    expect(parse(withStatements(widened, queueArn, given.id, wanted)).Statement).toEqual([...others, ...wanted])
  })

  it('is taken away with its last statement', () => {
    const ours = withStatements(undefined, queueArn, given.id, wanted)
    expect(parse(ours)).toEqual({ Version: '2012-10-17', Statement: wanted })
    expect(withStatements(ours, queueArn, given.id, [])).toBeUndefined()
  })

  it('is not changed where it cannot be read', () => {
    expect(() => withStatements('{"Statement":3}', queueArn, given.id, wanted)).toThrow(/cannot be read, so it is not/)
  })

  it('is known to let the roles in by a template of ours, and not by half of it', () => {
    const [one] = wanted
    if (one === undefined) throw new Error('no statement')
    const named = { ...one, Sid: 'NamedSenders' }
    expect(admits(policyOf([named]), queueArn, one)).toBe(true)
    expect(admits(policyOf([{ ...named, Effect: 'Deny' }]), queueArn, one)).toBe(false)
    expect(admits(policyOf([{ ...named, Action: 'sqs:ReceiveMessage' }]), queueArn, one)).toBe(false)
    expect(
      admits(policyOf([{ ...named, Principal: { AWS: root.replace(partner, '333333333333') } }]), queueArn, one),
    ).toBe(false)
    const other = { ArnLike: { 'aws:PrincipalArn': `${senderArn}-2` } }
    expect(admits(policyOf([{ ...named, Condition: other }]), queueArn, one)).toBe(false)
    expect(admits(policyOf([{ ...named, Resource: `${queueArn}-2` }]), queueArn, one)).toBe(false)
    expect(admits(policyOf([{ ...named, Resource: '*' }]), queueArn, one)).toBe(true)
  })

  it('is not taken to let the roles in to another prefix of a bucket than it does', () => {
    const bucketArn = 'arn:aws:s3:::exports'
    const ofPrefix = (prefix: string) =>
      statementsOf({ ...given, resource: { kind: 'prefix', bucket: 'exports', prefix }, actions: ['read'] }).get(
        bucketArn,
      ) ?? []
    const [orders, invoices, whole] = [ofPrefix('orders/'), ofPrefix('invoices/'), ofPrefix('')]
    expect(orders).toHaveLength(2)
    for (const [index, statement] of orders.entries()) {
      expect(admits(policyOf(orders), bucketArn, statement)).toBe(true)
      expect(admits(policyOf(whole), bucketArn, statement)).toBe(true)
      expect(admits(policyOf(invoices), bucketArn, statement)).toBe(false)
      const one = whole[index]
      if (one && index === 1) expect(admits(policyOf(orders), bucketArn, one)).toBe(false)
    }
    // A key's own policy may name more services than one grant uses it through.
    const [keyStatement] = statementsOf(given).get(keyArn) ?? []
    if (keyStatement === undefined) throw new Error('no statement')
    const services = ['sqs.eu-west-1.amazonaws.com', 's3.eu-west-1.amazonaws.com']
    const { Condition } = keyStatement
    const ofTemplate = { ...keyStatement, Condition: { ...Condition, StringEquals: { 'kms:ViaService': services } } }
    expect(admits(policyOf([ofTemplate]), keyArn, keyStatement)).toBe(true)
  })
})

/** A queue's policy, which others change each time after it was read so often. */
function holderOf(reads: Record<number, string>): PolicyHolder & { policy: string | undefined } {
  let count = 0
  return {
    arn: queueArn,
    name: 'queue orders.fifo',
    delay: '',
    policy: policyOf(others),
    stack: async () => undefined,
    async read() {
      const found = this.policy
      count += 1
      this.policy = reads[count] ?? this.policy
      return found
    },
    async write(policy) {
      this.policy = policy
    },
  }
}

const noLock = async () => ({ [Symbol.asyncDispose]: async () => {} })

describe('changing the policy of a queue', () => {
  const theirs = [...others, { Sid: 'Theirs', Effect: 'Allow', Principal: '*', Action: 'sqs:SendMessage' }]

  it('keeps what somebody else writes between our reading and our writing', async () => {
    const holder = holderOf({ 1: policyOf(theirs) })
    expect(await changePolicy(holder, given.id, wanted, noLock, async () => {})).toBe(true)
    expect(parse(holder.policy).Statement).toEqual([...theirs, ...wanted])
  })

  it('is done again where somebody else has written what was there before', async () => {
    const holder = holderOf({})
    const write = holder.write.bind(holder)
    let isFirst = true
    holder.write = async (policy) => {
      await write(isFirst ? policyOf(theirs) : policy)
      isFirst = false
    }
    expect(await changePolicy(holder, given.id, wanted, noLock, async () => {})).toBe(true)
    expect(parse(holder.policy).Statement).toEqual([...theirs, ...wanted])
  })

  it('changes nothing where nothing is to be changed', async () => {
    const holder = holderOf({})
    expect(await changePolicy(holder, given.id, [], noLock)).toBe(false)
    expect(holder.policy).toBe(policyOf(others))
  })

  it('gives up, in a sentence, where somebody undoes it each time', async () => {
    const holder = holderOf({})
    holder.write = async () => {}
    await expect(changePolicy(holder, given.id, wanted, noLock, async () => {})).rejects.toThrow(
      /^The policy of the queue orders\.fifo does not stay as it is written/,
    )
  })
})

describe('any policy', () => {
  /** Any statement of somebody's, with what we know nothing of in it. */
  const statement = fc.record(
    {
      Sid: fc.string().filter((sid) => !sid.startsWith('CausewayGrant')),
      Effect: fc.constantFrom('Allow', 'Deny'),
      Principal: fc.oneof(fc.constant('*'), fc.record({ AWS: fc.array(fc.string()) })),
      NotAction: fc.oneof(fc.string(), fc.array(fc.string())),
      Condition: fc.dictionary(fc.string(), fc.dictionary(fc.string(), fc.string())),
    },
    { requiredKeys: ['Effect'] },
  )

  it('is, after a grant was written into it and taken out again, what it was', () => {
    fc.assert(
      fc.property(fc.array(statement, { minLength: 1 }), (theirs) => {
        const before = policyOf(theirs)
        const after = withStatements(before, queueArn, given.id, wanted)
        expect(withStatements(after, queueArn, given.id, wanted)).toBe(after)
        expect(parse(after).Statement).toHaveLength(theirs.length + wanted.length)
        expect(parse(withStatements(after, queueArn, given.id, []))).toEqual(parse(before))
      }),
    )
  })
})
