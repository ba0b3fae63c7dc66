import { arnParts, policies } from '@causeway-aws/auth'
import * as v from 'valibot'
import type { ResourceKind } from './resource.ts'

/** A Kinesis stream, and the customer managed key that encrypts it, if one does. */
export interface StreamResource {
  kind: 'stream'
  streamArn: string
  keyArn?: string | undefined
}

const schema: v.GenericSchema<unknown, StreamResource> = v.strictObject({
  kind: v.literal('stream'),
  streamArn: v.string(),
  keyArn: v.optional(v.string()),
})

export const stream: ResourceKind<StreamResource> = {
  schema,
  hasPolicy: false,
  actions: { read: ({ streamArn, keyArn }) => policies.kinesisRead(streamArn, { ...(keyArn && { keyArn }) }) },
  account: ({ streamArn }) => arnParts(streamArn).account,
  region: ({ streamArn }) => arnParts(streamArn).region,
  describe: ({ streamArn }) => arnParts(streamArn).resource.replace('/', ' '),
}
