import type { Grant } from '../../src/grants/grant.ts'

export const home = '111111111111'
export const partner = '222222222222'
const region = 'eu-west-1'
export const queueArn: string = `arn:aws:sqs:${region}:${home}:orders.fifo`
export const keyArn: string = `arn:aws:kms:${region}:${home}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const streamArn: string = `arn:aws:kinesis:${region}:${partner}:stream/orders`
export const clusterArn: string = `arn:aws:kafka:${region}:${partner}:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2`
export const senderArn: string = `arn:aws:iam::${partner}:role/orders-sender`

const common = {
  version: 1,
  name: 'orders',
  account: home,
  partner,
  principals: [],
  placed: [],
  state: 'created',
} as const

/** The partner's stream, which we read. */
export const asked: Grant = {
  ...common,
  id: '0123456789abcdef',
  owner: partner,
  resource: { kind: 'stream', streamArn },
  actions: ['read'],
  externalIdFrom: 'secret:causeway/grants/0123456789abcdef',
}

/** Our edge, to which the partner sends by its own role. */
export const given: Grant = {
  ...common,
  id: 'fedcba9876543210',
  owner: home,
  resource: { kind: 'edge', queueArn, keyArn },
  actions: ['send'],
  principals: [senderArn],
}
