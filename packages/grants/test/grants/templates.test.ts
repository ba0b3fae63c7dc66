import { externalId, type PolicyDocument, policies } from '@causeway-aws/auth'
import { describe, expect, it } from 'vitest'
import { askedDocuments, askedTemplate } from '../../src/grants/asked/template.ts'
import { givenPermissions, givenTemplate } from '../../src/grants/given/template.ts'
import type { GrantedResource } from '../../src/index.ts'
import { asked, clusterArn, given, home, keyArn, partner, queueArn, streamArn } from './example-grants.ts'

const id = externalId()
const until = '2026-12-31T00:00:00Z'
const end = { DateLessThan: { 'aws:CurrentTime': until } }
const theirKey = keyArn.replace(home, partner)
const theirQueue = queueArn.replace(home, partner)

/** What a policy allows: each action on each resource, and on what condition. */
const allowed = ({ Statement }: PolicyDocument) =>
  Statement.flatMap(({ Action, Resource, Condition }) =>
    [Action].flat().map((action) => `${action} ${[Resource].flat()} ${JSON.stringify(Condition ?? {})}`),
  ).sort()

describe('the role that the partner is asked for', () => {
  it('trusts our account, with the ExternalId and nobody else', () => {
    expect(askedDocuments(asked, [id]).trust.Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { AWS: home },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': [id] } },
      },
    ])
  })

  it('trusts roles of ours only, where the grant names them', () => {
    const reader = `arn:aws:iam::${home}:role/reader`
    expect(askedDocuments({ ...asked, principals: [reader] }, [id]).trust.Statement).toMatchObject([
      {
        Principal: { AWS: `arn:aws:iam::${home}:root` },
        Condition: { ArnLike: { 'aws:PrincipalArn': [reader, `arn:aws:sts::${home}:assumed-role/reader/*`] } },
      },
    ])
  })

  it('accepts two ExternalIds while one replaces the other', () => {
    const ids = [id, externalId()]
    expect(askedDocuments(asked, ids).trust.Statement[0]?.Condition).toEqual({
      StringEquals: { 'sts:ExternalId': ids },
    })
  })

  it.each<[string, GrantedResource, string, PolicyDocument]>([
    ['a stream', { kind: 'stream', streamArn }, 'read', policies.kinesisRead(streamArn)],
    [
      'an encrypted stream',
      { kind: 'stream', streamArn, keyArn: theirKey },
      'read',
      policies.kinesisRead(streamArn, { keyArn: theirKey }),
    ],
    [
      'a prefix',
      { kind: 'prefix', bucket: 'exports', prefix: 'orders/' },
      'read',
      policies.s3Read('exports', 'orders/'),
    ],
    [
      'a topic',
      { kind: 'topic', clusterArn, topic: 'orders', group: 'causeway' },
      'read',
      policies.kafkaRead(clusterArn, 'orders', 'causeway', { bootstrapBrokers: true }),
    ],
    [
      'an edge to send to',
      { kind: 'edge', queueArn: theirQueue, keyArn: theirKey },
      'send',
      policies.edgeSend({ queueArn: theirQueue, keyArn: theirKey }),
    ],
    [
      'an edge to receive from',
      { kind: 'edge', queueArn: theirQueue, keyArn: theirKey },
      'receive',
      policies.edgeReceive({ queueArn: theirQueue, keyArn: theirKey }),
    ],
  ])('may do with %s exactly what it is for', (_, resource, action, exactly) => {
    const { permissions } = askedDocuments({ ...asked, resource, actions: [action] }, [id])
    expect(allowed(permissions)).toEqual(allowed(exactly))
    for (const { Action } of permissions.Statement) {
      expect([Action].flat().filter((action) => /\*|Put|Delete(?!Message)|Create|^iam|^sts/.test(action))).toEqual([])
    }
  })

  it('may store and fetch the large bodies of an edge, under its prefix', () => {
    const bodies = { bucket: 'bodies', prefix: 'orders/' }
    const resource = { kind: 'edge', queueArn: theirQueue, keyArn: theirKey, bodies } as const
    const { permissions } = askedDocuments({ ...asked, resource, actions: ['send'] }, [id])
    const stored = policies.largeBodies({ ...bodies, keyArn: theirKey, access: 'send' })
    expect(allowed(permissions)).toEqual(expect.arrayContaining(allowed(stored)))
  })

  it('is refused for an action that the resource does not know', () => {
    expect(() => askedDocuments({ ...asked, actions: ['write'] }, [id])).toThrow('actions must be read for a resource')
    expect(() => askedDocuments({ ...asked, actions: ['constructor'] }, [id])).toThrow('actions must be read')
  })

  it('ends for new sessions and for those that are open, where the grant has an end', () => {
    // The clock is looked at by each request: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-currenttime
    const { trust, permissions } = askedDocuments({ ...asked, until }, [id])
    for (const { Condition } of [...trust.Statement, ...permissions.Statement]) expect(Condition).toMatchObject(end)
  })

  it('comes as a template with nothing left to fill in', () => {
    const template = JSON.stringify(askedTemplate({ ...asked, until }, [id]))
    expect(template).not.toMatch(/Parameters|"Ref"|Fn::Sub/)
    expect(JSON.parse(template).Resources.Role.Properties).toMatchObject({
      RoleName: `causeway-grant-${asked.id}`,
      MaxSessionDuration: 3600,
    })
    expect(template).toContain(id)
  })
})

describe("the partner's own role, for what we give", () => {
  it('may do what it is for, and what SQS lets nobody of another account do it is not given', () => {
    expect(allowed(givenPermissions(given))).toEqual(allowed(policies.edgeSend({ queueArn, keyArn })))
    const receiving = givenPermissions({ ...given, actions: ['receive'] })
    expect(receiving.Statement[0]?.Action).toEqual([
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:ChangeMessageVisibility',
      'sqs:GetQueueAttributes',
    ])
  })

  it('is assumed by the partner’s own account, and by no other', () => {
    const text = JSON.stringify(givenTemplate(given))
    const { AssumeRolePolicyDocument } = JSON.parse(text).Resources.Role.Properties
    expect(AssumeRolePolicyDocument.Statement).toEqual([
      { Effect: 'Allow', Principal: { AWS: partner }, Action: 'sts:AssumeRole' },
    ])
  })
})
