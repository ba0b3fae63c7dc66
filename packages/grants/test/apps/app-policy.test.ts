import { describe, expect, it } from 'vitest'
import { refuseOtherAccounts } from '../../src/apps/app-policy.ts'
import { appTrustPolicy } from '../../src/apps/app-role.ts'
import { iamPolicy, vendedPolicy } from '../../src/apps/index.ts'
import { external, home, keyArn, otherKeyArn, queueArn, userPoolId, vendor } from './example-apps.ts'

const through = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.eu-west-1.amazonaws.com` } })

describe('what an external app may do', () => {
  it('is exactly what is on record: its edges by their keys, its prefixes, its rows', () => {
    expect(vendedPolicy(external)?.Statement).toEqual([
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queueArn('orders.fifo') },
      {
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: keyArn,
        Condition: through('sqs'),
      },
      {
        Effect: 'Allow',
        Action: [
          'sqs:ReceiveMessage',
          'sqs:DeleteMessage',
          'sqs:ChangeMessageVisibility',
          'sqs:GetQueueAttributes',
          'sqs:ListQueueTags',
        ],
        Resource: queueArn('answers.fifo'),
      },
      {
        Effect: 'Allow',
        Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
        Resource: ['arn:aws:s3:::orders-bodies/orders/*', 'arn:aws:s3:::causeway-audit/records/orders/*'],
      },
      {
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: [keyArn, otherKeyArn],
        Condition: through('s3'),
      },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::causeway-audit/records/orders/*' },
      expect.objectContaining({
        Resource: 'arn:aws:dynamodb:eu-west-1:111111111111:table/tenants',
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['example'] },
          Null: { 'dynamodb:LeadingKeys': 'false' },
        },
      }),
    ])
  })

  it('needs each of its statements: none allows what another one does', () => {
    const statements = vendedPolicy(external)?.Statement ?? []
    const uses = statements.map(({ Action, Resource, Condition }) =>
      [Action].flat().flatMap((action) => [Resource].flat().map((on) => JSON.stringify([action, on, Condition]))),
    )
    expect(uses.flat().length).toBe(new Set(uses.flat()).size)
  })

  it('is what its role needs, too', () => {
    expect(iamPolicy(external)).toEqual(vendedPolicy(external))
  })

  it('is refused where it would not fit into a session', () => {
    const edges = Array.from({ length: 40 }, (_, index) => ({
      queueArn: queueArn(`orders-${index}.fifo`),
      keyArn,
      actions: ['send'] as const,
    }))
    expect(() => vendedPolicy({ ...external, edges })).toThrow(/AWS allows 2,048/)
  })

  it.each(['arn:aws:sqs:eu-west-1:111111111111:*', 'orders.fifo'])(
    'is refused on %s, which is no queue',
    (queueArn) => {
      expect(() => vendedPolicy({ ...external, edges: [{ queueArn, keyArn, actions: ['send'] }] })).toThrow(/queueArn/)
    },
  )

  it('is refused on what another account has', () => {
    expect(() => refuseOtherAccounts('createApp', external, '333333333333')).toThrow(
      'createApp: arn:aws:sqs:eu-west-1:111111111111:orders.fifo must be of your own account, which is 333333333333.',
    )
  })
})

describe('a cross-account app', () => {
  const app = { ...external, kind: 'cross-account' } as const

  it('uses its edges by a role of its own, and all else by its credentials', () => {
    const actions = (policy: ReturnType<typeof iamPolicy>) =>
      policy?.Statement.flatMap(({ Action, Condition }) => [Action].flat().map((it) => [it, Condition] as const)) ?? []
    expect(actions(iamPolicy(app)).every(([it]) => /^(sqs|kms):/.test(it))).toBe(true)
    expect(actions(vendedPolicy(app)).some(([it]) => it.startsWith('sqs:'))).toBe(false)
  })

  it('with nothing but edges is given no credentials', () => {
    expect(vendedPolicy({ kind: 'cross-account', edges: external.edges, bodies: [] })).toBeUndefined()
  })
})

describe("an app's role", () => {
  const provider = `cognito-idp.eu-west-1.amazonaws.com/${userPoolId}`

  it("trusts the vendor's function, and its own users' tokens where its sessions may be longer than an hour", () => {
    expect(appTrustPolicy(external)).toMatchObject({
      Statement: [
        {
          Sid: 'Vendor',
          Principal: { AWS: `arn:aws:iam::${home}:root` },
          Condition: { ArnLike: { 'aws:PrincipalArn': [vendor.roleArn, expect.stringContaining('assumed-role')] } },
        },
        {
          Sid: 'Users',
          Principal: { Federated: `arn:aws:iam::${home}:oidc-provider/${provider}` },
          Condition: { StringEquals: { [`${provider}:aud`]: 'client1', [`${provider}:sub`]: ['user-1'] } },
        },
      ],
    })
  })

  it.each(['disabling', 'disabled'] as const)('trusts nobody where the app is %s', (state) => {
    expect(appTrustPolicy({ ...external, state })).toMatchObject({ Statement: [{ Effect: 'Deny', Principal: '*' }] })
  })

  it('trusts no token where they may not', () => {
    expect(JSON.stringify(appTrustPolicy({ ...external, maxDuration: 3_600 }))).not.toContain('Federated')
  })
})
