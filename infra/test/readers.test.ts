import { beforeAll, describe, expect, it } from 'vitest'
import { partsOf, withPrefix } from './parts.ts'

/*
 * The three readers are one stack around three functions. What is not said here to differ is the same in each that has it,
 * so that what is mended in one is mended in the others.
 */
const readers = ['kinesis', 's3', 'kafka'] as const
type Reader = (typeof readers)[number]

/** How a stream or a topic is read that has a role to assume, and no mapping of AWS: as objects always are. */
const given = ['IsPlanned', 'AssumesRole']

let parts: Record<Reader, Map<string, string>>
beforeAll(async () => {
  const read = readers.map(async (name) => [name, await partsOf(`${name}-reader.yaml`, { given, more: ['Outputs'] })])
  parts = Object.fromEntries(await Promise.all(read))
})

const havingAll = () => [...parts.kinesis.keys()].filter((path) => parts.s3.has(path) && parts.kafka.has(path))

it('have most of it in common', () => {
  expect(havingAll().length).toBeGreaterThan(150)
})

it('have that the same, but for the names of what they read, and what these need', () => {
  const differing = havingAll().filter((path) => new Set(readers.map((name) => parts[name].get(path))).size > 1)
  expect(differing.sort()).toEqual(
    [
      ...['Outputs.CheckpointTable.Description', 'Outputs.RoleArn.Description'],
      'Parameters.DrainSeconds.Description',
      // A stream or a cluster whose policy lets its readers in needs no role.
      ...['Parameters.RoleArn.AllowedPattern', 'Parameters.RoleArn.ConstraintDescription'],
      ...['Parameters.RoleArn.Description', 'Parameters.Start.Description'],
      ...['Resources.Failing.AlarmDescription', 'Resources.Function.CodeUri', 'Resources.Key.Description'],
      // What fails of a shard or a topic fails each minute, and an object once for each listing.
      'Resources.Failing.EvaluationPeriods',
      ...['Resources.Plan.Description', 'Resources.Plan.ScheduleExpression'],
      // An object that a notification has named is not planned again for as long as the next listing takes.
      'Resources.WorkItems.MessageRetentionPeriod',
      'Resources.Work.ScalingConfig.MaximumConcurrency',
    ].sort(),
  )
})

it('have the same what two of them have, but for its name', () => {
  const differing = [...new Set(readers.flatMap((name) => [...parts[name].keys()]))].filter((path) => {
    const having = readers.filter((name) => parts[name].has(path))
    return having.length === 2 && new Set(having.map((name) => parts[name].get(path))).size > 1
  })
  expect(differing.sort()).toEqual([
    // Of a topic a mapping is of a connection, whose ARN says by being there that there is one.
    'Conditions.IsMapped',
    'Parameters.Concurrency.Description',
    'Resources.Behind.AlarmDescription',
    'Resources.Function.SOURCE_REGION',
    ...['Rules.NoTimeIfMapped.Assertions.0.AssertDescription', 'Rules.NoTimeIfMapped.RuleCondition'],
  ])
})

it('have an alarm on the failures that the function counts, and one on its own errors', () => {
  for (const name of readers) {
    const metric = (alarm: string) =>
      ['Namespace', 'MetricName'].map((of) => parts[name].get(`Resources.${alarm}.${of}`))
    expect(metric('Failing')).toEqual(['"Causeway"', '"ReaderFailures"'])
    expect(metric('Erring')).toEqual(['"AWS/Lambda"', '"Errors"'])
  }
})

it('have that alarm go off when one object fails, which is not tried again before the next listing', () => {
  const sooner = (name: Reader) => parts[name].get('Resources.Failing.EvaluationPeriods')
  expect([sooner('kinesis'), sooner('s3'), sooner('kafka')]).toEqual(['3', '1', '3'])
  expect(parts.s3.get('Resources.Failing.Threshold')).toBe('0')
})

describe('have nothing else but', () => {
  it.each<[Reader, string[]]>([
    [
      'kinesis',
      [
        ...['Parameters.StreamArn.', 'Parameters.RoleArn.Default', 'Parameters.Mapped.', 'Parameters.Concurrency.'],
        ...['Conditions.AssumesRole', 'Conditions.IsMapped', 'Conditions.IsPlanned', 'Conditions.ReadsAsItself'],
        ...['Conditions.StartsLatest', 'Resources.FunctionRole.ReadStream', 'Resources.Function.STREAM'],
        ...['Resources.Function.SOURCE_REGION', 'Resources.Stream.', 'Resources.Behind.', 'Rules.NoTimeIfMapped'],
        ...['Parameters.ConsumerArn.', 'Conditions.HasConsumerAsItself', 'Resources.FunctionRole.BePushedRecords'],
        ...['Resources.Function.CONSUMER', 'Rules.NoConsumerIfMapped'],
      ],
    ],
    [
      's3',
      [
        ...['Parameters.BucketName.', 'Parameters.Prefix.', 'Parameters.BucketOwner.', 'Parameters.BucketRegion.'],
        ...['Parameters.Delimiter.', 'Parameters.Header.', 'Resources.Function.DELIMITER', 'Resources.Function.HEADER'],
        ...['Parameters.Format.', 'Parameters.Versions.', 'Parameters.PlanMinutes.', 'Parameters.Concurrency.'],
        ...[
          'Parameters.TopicArn.',
          'Conditions.HasTopic',
          'Resources.Key.NotificationsOfTheTopic',
          'Resources.Subscription.',
        ],
        ...['Resources.Key.NotificationsOfTheBucket', 'Resources.Notifications.', 'Resources.Strange.'],
        ...[
          'Resources.NotificationsPolicy.',
          'Resources.StrangePolicy.',
          'Resources.FunctionRole.TakeNotifications',
          'Resources.Announced.',
        ],
        ...['Resources.Function.BUCKET', 'Resources.Function.BUCKET_OWNER', 'Resources.Function.PREFIX'],
        ...[
          'Resources.Function.FORMAT',
          'Resources.Function.VERSIONS',
          'Resources.Function.SOURCE_REGION',
          'Outputs.NotificationsQueueArn.',
        ],
      ],
    ],
    [
      'kafka',
      [
        ...['Parameters.ClusterArn.', 'Parameters.TopicName.', 'Parameters.GroupName.', 'Parameters.Members.'],
        ...['Parameters.Endpoints.', 'Parameters.Brokers.', 'Parameters.SubnetIds.', 'Parameters.SecurityGroupIds.'],
        ...['Conditions.IsInNetwork', 'Resources.FunctionRole.UseNetwork', 'Resources.Function.VpcConfig'],
        ...['Resources.Function.CLUSTER', 'Resources.Function.TOPIC', 'Resources.Function.GROUP_ID'],
        ...['Resources.Function.BROKERS', 'Resources.Function.ENDPOINTS', 'Resources.Function.MEMBERS'],
        ...['Parameters.ConnectionArn.', 'Parameters.RoleArn.Default', 'Rules.OneWay', 'Rules.NetworkIsWhole'],
        'Rules.NoTimeIfMapped',
        ...['Conditions.AssumesRole', 'Conditions.IsMapped', 'Conditions.IsPlanned', 'Conditions.StartsLatest'],
        ...['Resources.FunctionRole.ConnectToCluster', 'Resources.FunctionRole.ReadTopic'],
        ...['Resources.FunctionRole.ReadInGroup', 'Resources.FunctionRole.DescribeConnection'],
        ...['Resources.FunctionRole.FindBrokersAndReachThem', 'Resources.Topic.', 'Resources.Behind.'],
      ],
    ],
  ])('what reading needs of %s', (name, expected) => {
    const common = new Set(havingAll())
    const own = [...parts[name].keys()].filter((path) => !common.has(path))
    expect(own.filter((path) => !withPrefix(path, expected))).toEqual([])
    expect(expected.filter((prefix) => !own.some((path) => path.startsWith(prefix)))).toEqual([])
  })
})
