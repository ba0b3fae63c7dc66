import type { App, Vendor } from '../../src/apps/app.ts'

export const home = '111111111111'
const region = 'eu-west-1'
export const keyArn: string = `arn:aws:kms:${region}:${home}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
export const otherKeyArn: string = `arn:aws:kms:${region}:${home}:key/abcd1234-12ab-34cd-56ef-1234567890ab`
export const queueArn = (name: string): string => `arn:aws:sqs:${region}:${home}:${name}`
export const userPoolId: string = `${region}_EXAMPLE`
export const vendor: Vendor = {
  roleArn: `arn:aws:iam::${home}:role/causeway-credentials`,
  userPoolId,
  clientId: 'client1',
  boundaryArn: `arn:aws:iam::${home}:policy/causeway-credentials-apps`,
}

/** An app that uses something of each kind. */
export const external: App = {
  app: 'orders',
  version: 1,
  account: home,
  tenant: 'example',
  kind: 'external',
  users: ['user-1'],
  maxDuration: 43_200,
  roleArn: `arn:aws:iam::${home}:role/causeway-app-orders`,
  state: 'active',
  vendor,
  edges: [
    { queueArn: queueArn('orders.fifo'), keyArn, actions: ['send'] },
    { queueArn: queueArn('answers.fifo'), keyArn, actions: ['receive'] },
  ],
  bodies: [{ bucket: 'orders-bodies', prefix: 'orders/', keyArn, access: 'send' }],
  audit: { bucket: 'causeway-audit', prefix: 'records/orders/', keyArn: otherKeyArn },
  table: {
    tableArn: `arn:aws:dynamodb:${region}:${home}:table/tenants`,
    partitionKeys: ['example'],
    access: 'write',
  },
}
