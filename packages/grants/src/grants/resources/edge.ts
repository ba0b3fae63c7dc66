import { arnParts, policies } from '@causeway-aws/auth'
import * as v from 'valibot'
import { type ResourceKind, together } from './resource.ts'

/** An edge: its queue and the key that encrypts it, and where it keeps bodies that are too large for a message. */
export interface EdgeResource {
  kind: 'edge'
  queueArn: string
  keyArn: string
  bodies?: { bucket: string; prefix: string } | undefined
}

const schema: v.GenericSchema<unknown, EdgeResource> = v.strictObject({
  kind: v.literal('edge'),
  queueArn: v.string(),
  keyArn: v.string(),
  bodies: v.optional(v.strictObject({ bucket: v.string(), prefix: v.string() })),
})

const bodiesFor = (access: 'send' | 'receive', { bodies, keyArn }: EdgeResource) =>
  bodies === undefined ? [] : [policies.largeBodies({ ...bodies, keyArn, access })]

export const edge: ResourceKind<EdgeResource> = {
  schema,
  hasPolicy: true,
  actions: {
    send: ({ queueArn, keyArn, ...edge }) =>
      together(policies.edgeSend({ queueArn, keyArn }), ...bodiesFor('send', { queueArn, keyArn, ...edge })),
    receive: ({ queueArn, keyArn, ...edge }) =>
      together(policies.edgeReceive({ queueArn, keyArn }), ...bodiesFor('receive', { queueArn, keyArn, ...edge })),
  },
  account: ({ queueArn }) => arnParts(queueArn).account,
  region: ({ queueArn }) => arnParts(queueArn).region,
  describe: ({ queueArn }) => `edge ${arnParts(queueArn).resource}`,
}
