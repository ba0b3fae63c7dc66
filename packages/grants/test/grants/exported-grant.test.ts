import { describe, expect, it } from 'vitest'
import { exportedGrant } from '../../src/grants/exported-grant.ts'
import { type GrantedResource, parseExportedGrant } from '../../src/index.ts'
import { asked, clusterArn, given, keyArn, queueArn, senderArn, streamArn } from './example-grants.ts'

const roleArn = 'arn:aws:iam::222222222222:role/causeway-grant-0123456789abcdef'
const active = { ...asked, state: 'active', roleArn } as const

describe('what a grant comes to for whoever uses it', () => {
  it.each<[GrantedResource, object]>([
    [
      { kind: 'stream', streamArn },
      { region: 'eu-west-1', stream: streamArn },
    ],
    [
      { kind: 'prefix', bucket: 'exports', prefix: 'orders/' },
      { bucket: 'exports', prefix: 'orders/' },
    ],
    [
      { kind: 'topic', clusterArn, topic: 'orders', group: 'causeway' },
      { region: 'eu-west-1', cluster: clusterArn, topic: 'orders', group: 'causeway' },
    ],
    [
      { kind: 'edge', queueArn, keyArn },
      { region: 'eu-west-1', queue: queueArn, key: keyArn },
    ],
    [
      { kind: 'edge', queueArn, keyArn, bodies: { bucket: 'bodies', prefix: 'orders/' } },
      { region: 'eu-west-1', queue: queueArn, key: keyArn, bodies: { bucket: 'bodies', prefix: 'orders/' } },
    ],
  ])('is the role, where its ExternalId is, and $kind', (resource, used) => {
    const exported = exportedGrant({ ...active, resource })
    expect(exported).toEqual({ roleArn, externalIdFrom: asked.externalIdFrom, actions: ['read'], ...used })
    expect(parseExportedGrant('GRANT', exported)).toEqual(exported)
  })

  it("is the partner's own role, for what we give it", () => {
    expect(exportedGrant({ ...given, state: 'active' })).toMatchObject({ roleArn: senderArn, queue: queueArn })
  })

  it('says when it ends', () => {
    const exported = exportedGrant({ ...active, until: '2027-01-01T00:00:00Z' })
    expect(parseExportedGrant('GRANT', exported).until).toBe('2027-01-01T00:00:00Z')
    expect(() => parseExportedGrant('GRANT', { ...exported, until: 'soon' })).toThrow(/^GRANT: until must be a time/)
  })

  it('is not to be had before it is accepted', () => {
    expect(() => exportedGrant(asked)).toThrow('has no role yet. Accept it first.')
  })

  it('is refused with what it does not know, which is not repeated', () => {
    const wrong = { roleArn, externalId: 'not-to-be-printed' }
    expect(() => parseExportedGrant('GRANT', wrong)).toThrow(/^GRANT: externalId is not an option\.$/)
  })

  it.each([
    'env:EXTERNAL_ID',
    'env:ORDERS_EXTERNALID',
    'file:.causeway/reader.external-id',
    'ssm:/orders/external-id',
    'secret:orders/external-id',
    'secret:orders#externalId',
    'secret:arn:aws:secretsmanager:eu-west-1:111111111111:secret:orders-external-id-AbCdEf',
    'secret:arn:aws:secretsmanager:eu-west-1:111111111111:secret:causeway/grants/0123456789abcdef-AbCdEf',
  ])('may say of its ExternalId that it is in %s', (externalIdFrom) => {
    expect(parseExportedGrant('GRANT', { roleArn, externalIdFrom })).toEqual({ roleArn, externalIdFrom })
  })

  // Whoever wrote the file has the role, and so would read it in CloudTrail.
  it.each([
    'env:AWS_SECRET_ACCESS_KEY',
    'file:/home/me/.npm-token',
    'file:/srv/external-id/../token',
    'file:C:\\external-id\\token',
    'ssm:/external-id/password',
    'secret:orders/database',
    'secret:orders/external-id#password',
    'secret:causeway/grants/0123456789abcdef#password',
    'secret:causeway/grants/../orders',
  ])('does not have %s sent to its role', (externalIdFrom) => {
    expect(() => parseExportedGrant('GRANT', { roleArn, externalIdFrom })).toThrow(
      /^GRANT: externalIdFrom must be a reference that says by its name that it is an ExternalId/,
    )
  })
})
