import { arnParts, policies } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { ResourceKind } from './resource.ts'

/** One topic of an MSK cluster, in one consumer group. */
export interface TopicResource {
  kind: 'topic'
  clusterArn: string
  topic: string
  group: string
}

const schema: v.GenericSchema<unknown, TopicResource> = v.strictObject({
  kind: v.literal('topic'),
  clusterArn: v.string(),
  topic: v.string(),
  group: v.string(),
})

export const topic: ResourceKind<TopicResource> = {
  schema,
  hasPolicy: false,
  actions: {
    read: ({ clusterArn, topic, group }) => policies.kafkaRead(clusterArn, topic, group, { bootstrapBrokers: true }),
  },
  account: ({ clusterArn }) => arnParts(clusterArn).account,
  region: ({ clusterArn }) => arnParts(clusterArn).region,
  describe: ({ clusterArn, topic }) => `topic ${topic} of ${arnParts(clusterArn).resource.split('/')[1]}`,
}
