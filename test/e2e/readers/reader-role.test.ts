import { join } from 'node:path'
import { GetRoleCommand, GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam'
import { type PolicyDocument, policies } from '@causeway-aws/auth'
import { accountIds, clientOptions } from '@causeway-aws/sandbox'
import { describe, expect, it } from 'vitest'
import { root, testSandbox } from '../../sandbox.ts'

const sandbox = testSandbox()
const id = '0123456789abcdef0123456789abcdef'

async function role(RoleName: string, shared: Record<string, string>) {
  await sandbox.deploy({
    account: 'partner',
    stack: RoleName,
    template: join(root, 'infra/partner/reader-role.yaml'),
    parameters: { RoleName, ReaderAccountId: accountIds.home, ExternalIds: id, ...shared },
  })
  const iam = new IAMClient(clientOptions(await sandbox.credentials('partner')))
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
  const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'read' }))
  const parse = (document = '') => JSON.parse(decodeURIComponent(document))
  return { policy: parse(PolicyDocument), trust: parse(Role?.AssumeRolePolicyDocument) }
}

/** What a policy allows: each action on each resource, and on what condition. */
const allowed = ({ Statement }: PolicyDocument) =>
  Statement.flatMap(({ Action, Resource, Condition }) =>
    [Action].flat().map((action) => `${action} ${[Resource].flat()} ${JSON.stringify(Condition ?? {})}`),
  ).sort()

const region = 'eu-central-2'
const stream = `arn:aws:kinesis:${region}:${accountIds.partner}:stream/orders`
const consumer = `${stream}/consumer/reader:1764000000`
const cluster = `arn:aws:kafka:${region}:${accountIds.partner}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2`
const elsewhere = cluster.replace(region, 'eu-west-1')

describe('The role that a partner gives a reader', () => {
  it.each<[string, Record<string, string>, PolicyDocument]>([
    ['one prefix', { BucketName: 'exports', Prefix: 'orders/' }, policies.s3Read('exports', 'orders/')],
    [
      'one versioned prefix',
      { BucketName: 'exports', Prefix: 'orders/', Versions: 'true' },
      policies.s3Read('exports', 'orders/', { versions: true }),
    ],
    ['one bucket', { BucketName: 'exports' }, policies.s3Read('exports', '')],
    ['one stream', { StreamArn: stream }, policies.kinesisRead(stream)],
    [
      'one pushed stream',
      { StreamArn: stream, ConsumerArn: consumer },
      policies.kinesisRead(stream, { consumerArn: consumer }),
    ],
    [
      'one topic, in one group',
      { ClusterArn: cluster, TopicName: 'orders', GroupName: 'readers' },
      policies.kafkaRead(cluster, 'orders', 'readers', { bootstrapBrokers: true }),
    ],
    [
      'one elsewhere: a topic in another region than the role is deployed from',
      { ClusterArn: elsewhere, TopicName: 'orders', GroupName: 'readers' },
      policies.kafkaRead(elsewhere, 'orders', 'readers', { bootstrapBrokers: true }),
    ],
  ])('may read %s, and nothing else', async (what, shared, wanted) => {
    const { policy } = await role(`reads-${what.split(' ')[1]?.replace(/\W/, '')}`, shared)
    expect(allowed(policy)).toEqual(allowed(wanted))
  })

  it('is assumed by that account only, and only with the ExternalId', async () => {
    const { trust } = await role('is-trusted', { StreamArn: stream })
    expect(trust.Statement).toEqual([
      {
        Sid: 'ReaderWithExternalId',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${accountIds.home}:root` },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': [id] } },
      },
    ])
  })

  it('is not made to read nothing', async () => {
    await expect(role('reads-nothing', {})).rejects.toThrow('Name a stream, a bucket or a cluster')
  })
})
