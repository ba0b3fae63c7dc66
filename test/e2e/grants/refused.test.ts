import type { Grants } from '@causeway-aws/grants'
import { describe, expect, it } from 'vitest'
import { home, partner, testGrants } from './shared.ts'

const shared = testGrants()

describe('what cannot be granted', () => {
  const queue = (account: string) => `arn:aws:sqs:eu-central-2:${account}:orders`
  const key = (account: string) => `arn:aws:kms:eu-central-2:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
  const streamArn = (account: string) => `arn:aws:kinesis:eu-central-2:${account}:stream/orders`
  it.each([
    [
      'what is of a third account',
      { resource: { kind: 'stream', streamArn: streamArn('333333333333') } },
      /partner must be 333333333333, of which account the resource is/,
    ],
    [
      'a stream of shared.ours, which has no policy',
      { resource: { kind: 'stream', streamArn: streamArn(home) } },
      /Let the partner create the grant/,
    ],
    ['a bucket of nobody', { resource: { kind: 'prefix', bucket: 'exports', prefix: '' } }, /owner is missing/],
    [
      'a prefix without its slash',
      { resource: { kind: 'prefix', bucket: 'exports', prefix: 'orders' }, owner: partner },
      /must end with a slash/,
    ],
    [
      'a stream that is none',
      { resource: { kind: 'stream', streamArn: 'orders' } },
      /streamArn must be the ARN of a Kinesis stream/,
    ],
    ['by roles that are none', { principals: ['orders'] }, /principals must be ARNs of roles and users/],
    [
      'every stream',
      { resource: { kind: 'stream', streamArn: streamArn(partner).replace('orders', '*') } },
      /without wildcards/,
    ],
    [
      'an edge of shared.ours under a key of the partner',
      { resource: { kind: 'edge', queueArn: queue(home), keyArn: key(partner) }, actions: ['send'] },
      /keyArn must be of your own account/,
    ],
    ['what has ended', { until: new Date(0) }, /until must be a time to come/],
    ['to ourselves', { partner: home }, /partner must be another account than yours/],
    [
      'by roles of another account',
      { principals: [`arn:aws:iam::${partner}:role/x`] },
      /principals must be roles and users of your own/,
    ],
    ['another action', { actions: ['write'] }, /actions must be read/],
  ])('%s is refused in a sentence', async (_, wrong, sentence) => {
    const good = { name: 'x', partner, resource: { kind: 'stream', streamArn: streamArn(partner) }, actions: ['read'] }
    await expect(shared.grants.create({ ...good, ...wrong } as Parameters<Grants['create']>[0])).rejects.toThrow(
      sentence,
    )
  })
})
