import { beforeAll, describe, expect, it } from 'vitest'
import { partsOf } from './parts.ts'

/*
 * No emulator has Amazon MSK's mapping, so what AWS's pages say is held against the templates:
 * https://docs.aws.amazon.com/lambda/latest/dg/msk-cross-account.html (across accounts)
 * https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html and
 * https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html#msk-iam-auth (what its role may do)
 * https://docs.aws.amazon.com/msk/latest/developerguide/mvpc-cluster-owner-action-policy.html (what the owner allows)
 */
let reader: Map<string, string>
let policy: Map<string, string>
beforeAll(async () => {
  reader = await partsOf('kafka-reader.yaml', { given: ['IsMapped'] })
  policy = await partsOf('partner/cluster-policy.yaml')
})

const part = (parts: Map<string, string>, path: string) => JSON.parse(parts.get(path) ?? 'null')
const own = (sid: string) => part(reader, `Resources.FunctionRole.${sid}`)
const allowed = (sid: string) => part(policy, `Resources.ClusterPolicy.${sid}`)

const [topic, group] = ['topic', 'group'].map((kind) => ({
  'Fn::Join': [`:${kind}/`, { 'Fn::Split': [':cluster/', { Ref: 'ClusterArn' }] }],
}))

describe("AWS's mapping of a topic of another account", () => {
  it('is of the managed VPC connection, and reads in the group that the owner names', () => {
    const mapping = [...reader].filter(([path]) => path.startsWith('Resources.Topic.'))
    expect(
      Object.fromEntries(mapping.map(([path, json]) => [path.replace('Resources.Topic.', ''), JSON.parse(json)])),
    ).toEqual({
      Type: 'AWS::Lambda::EventSourceMapping',
      EventSourceArn: { Ref: 'ConnectionArn' },
      FunctionName: { Ref: 'Function' },
      'Topics.0': { Ref: 'TopicName' },
      'AmazonManagedKafkaEventSourceConfig.ConsumerGroupId': { Ref: 'GroupName' },
      StartingPosition: { 'Fn::If': ['StartsLatest', 'LATEST', 'TRIM_HORIZON'] },
      BatchSize: 1000,
    })
  })

  it('may by its role find the cluster, reach it and read the topic', () => {
    expect(own('DescribeConnection')).toMatchObject({
      Action: 'kafka:DescribeVpcConnection',
      Resource: { Ref: 'ConnectionArn' },
    })
    expect(own('FindBrokersAndReachThem').Action).toEqual([
      'kafka:GetBootstrapBrokers',
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeVpcs',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeSubnets',
      'ec2:DescribeSecurityGroups',
    ])
    expect(own('ConnectToCluster')).toMatchObject({
      Action: ['kafka:DescribeClusterV2', 'kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'],
      Resource: { Ref: 'ClusterArn' },
    })
    expect(own('ReadTopic')).toMatchObject({
      Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's
      Resource: { 'Fn::Sub': ['${Topics}/${TopicName}', { Topics: topic }] },
    })
    expect(own('ReadInGroup')).toMatchObject({
      Action: ['kafka-cluster:DescribeGroup', 'kafka-cluster:AlterGroup'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's
      Resource: { 'Fn::Sub': ['${Groups}/${GroupName}', { Groups: group }] },
    })
  })
})

describe("The owner's policy of the cluster", () => {
  it.each(['ConnectToCluster', 'ReadTopic', 'ReadInGroup'])(
    'allows the role of the reader to %s as its own does, and nobody else',
    (sid) => {
      const { Action, Resource } = own(sid)
      expect(allowed(sid)).toEqual({
        Sid: sid,
        Effect: 'Allow',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's
        Principal: { AWS: { 'Fn::Sub': 'arn:${AWS::Partition}:iam::${ReaderAccountId}:root' } },
        Action: Action.filter((action: string) => action.startsWith('kafka-cluster:')),
        Resource,
        Condition: { ArnEquals: { 'aws:PrincipalArn': { Ref: 'ReaderRoleArn' } } },
      })
    },
  )

  it('lets it, and whoever makes the connection, find and connect to the cluster', () => {
    expect(allowed('MakeConnection')).toMatchObject({
      Action: [
        'kafka:CreateVpcConnection',
        'kafka:GetBootstrapBrokers',
        'kafka:DescribeCluster',
        'kafka:DescribeClusterV2',
      ],
      Resource: { Ref: 'ClusterArn' },
      Condition: { ArnEquals: { 'aws:PrincipalArn': [{ Ref: 'ConnectorArn' }, { Ref: 'ReaderRoleArn' }] } },
    })
  })
})
