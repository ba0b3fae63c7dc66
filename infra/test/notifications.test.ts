import { expect, it } from 'vitest'
import { partsOf } from './parts.ts'

/*
 * The sandbox makes no subscription across accounts by CloudFormation:
 * https://docs.aws.amazon.com/sns/latest/dg/sns-send-message-to-sqs-cross-account.html
 */
it('The queue of notifications is subscribed to the topic of the bucket, in its region, which alone may send to it', async () => {
  const parts = await partsOf('s3-reader.yaml', { given: ['HasTopic'] })
  const part = (path: string) => JSON.parse(parts.get(`Resources.${path}`) ?? 'null')
  const subscription = ['TopicArn', 'Region', 'Protocol', 'Endpoint', 'DependsOn'].map((name) =>
    part(`Subscription.${name}`),
  )
  expect(subscription).toEqual([
    { Ref: 'TopicArn' },
    { 'Fn::Select': [3, { 'Fn::Split': [':', { Ref: 'TopicArn' }] }] },
    'sqs',
    { 'Fn::GetAtt': ['Notifications', 'Arn'] },
    'NotificationsPolicy',
  ])
  const ofTheTopic = {
    Sid: 'NotificationsOfTheTopic',
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Condition: { ArnEquals: { 'aws:SourceArn': { Ref: 'TopicArn' } } },
  }
  expect(part('NotificationsPolicy.NotificationsOfTheTopic')).toEqual({
    ...ofTheTopic,
    Action: 'sqs:SendMessage',
    Resource: { 'Fn::GetAtt': ['Notifications', 'Arn'] },
  })
  // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  expect(part('Key.NotificationsOfTheTopic')).toEqual({
    ...ofTheTopic,
    Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
    Resource: '*',
  })
})

it.each([
  ['s3-reader.yaml', 'exports/day=2026-11-22/'],
  ['partner/reader-role.yaml', 'exports/day=2026-11-22/'],
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-how-to-filtering.html
  ['partner/bucket-notifications.yaml', 'exports/day%3D2026-11-22/'],
])('A prefix of %s may be %s, as what exports by the day writes, and has no wildcard', async (file, prefix) => {
  const pattern = new RegExp(JSON.parse((await partsOf(file)).get('Parameters.Prefix.AllowedPattern') ?? ''))
  expect(prefix).toMatch(pattern)
  for (const wildcard of ['*', '?', '${']) expect(`exports/${wildcard}`).not.toMatch(pattern)
})
