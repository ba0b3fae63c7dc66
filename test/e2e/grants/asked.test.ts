import { IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { parseExportedGrant } from '@causeway-aws/grants'
import { describe, expect, it } from 'vitest'
import { home, partner, testGrants } from './shared.ts'

const shared = testGrants()
const { deployed, stream, askedFor, externalIdOf, roleOf, shards } = shared

describe("what is the partner's, by a role that the partner is asked for", () => {
  it('is created, exported, deployed, accepted and used, and only with its ExternalId', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    const { grant: active, done } = await shared.grants.accept(grant.id) // the role that the template has made
    expect(active).toMatchObject({ state: 'active', roleArn, version: 2 })
    expect(done).toEqual(['The role lets you in with its ExternalId, and not without it or with a wrong one.'])
    const { stream = '' } = parseExportedGrant('', await shared.grants.export(grant.id, 'reader'))
    const externalId = await externalIdOf(grant)
    await expect(shards(stream, roleOf(roleArn, externalId))).resolves.toBeDefined()
    await expect(roleOf(roleArn, `${externalId}x`)()).rejects.toThrow(/STS refuses/)
    expect(await shared.grants.test(grant.id)).toMatchObject({ asItShouldBe: true, checks: { length: 5 } })
  })

  it('may do nothing else: not of another stream, not write', async () => {
    const [grant, other] = await Promise.all([askedFor(), stream()])
    const roleArn = await deployed(grant)
    const credentials = roleOf(roleArn, await externalIdOf(grant))
    await expect(shards(other, credentials)).rejects.toThrow(/not authorized to perform: kinesis:ListShards/)
  })

  it('is not accepted before the partner has deployed it, nor a role of a third account', async () => {
    const grant = await askedFor()
    const role = (account: string) => `arn:aws:iam::${account}:role/causeway-grant-${grant.id}`
    await expect(shared.grants.accept(grant.id, { roleArns: [role(partner)] })).rejects.toMatchObject({
      code: 'GrantDenied',
      explanation: { likely: expect.arrayContaining([expect.objectContaining({ cause: 'external-id' })]) },
    })
    await expect(shared.grants.accept(grant.id, { roleArns: [role('333333333333')] })).rejects.toThrow(
      `must be of the partner's account ${partner}, and one is of 333333333333`,
    )
    expect((await shared.grants.get(grant.id)).state).toBe('created')
  })

  it('is not accepted where the role lets in anybody, unless that is said in so many words', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    const trust = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { AWS: home }, Action: 'sts:AssumeRole' }],
    }
    const RoleName = roleArn.split('/').at(-1)
    const PolicyDocument = JSON.stringify(trust)
    await new IAMClient(shared.theirs).send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }))
    await expect(shared.grants.accept(grant.id, { roleArns: [roleArn] })).rejects.toThrow(
      /lets us in without an ExternalId, so/,
    )
    const { grant: accepted } = await shared.grants.accept(grant.id, { roleArns: [roleArn], although: 'open' })
    expect(accepted.state).toBe('active')
    expect((await shared.grants.history(grant.id)).at(-1)?.what).toBe('accept, although open')
    expect((await shared.grants.test(grant.id)).asItShouldBe).toBe(false)
  })

  it('is revoked by forgetting its ExternalId, and says what the partner has to do', async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    await shared.grants.accept(grant.id, { roleArns: [roleArn] })
    const report = await shared.grants.revoke(grant.id)
    expect(report).toMatchObject({ grant: { state: 'revoked' }, waitsFor: expect.stringContaining(roleArn) })
    await expect(externalIdOf(grant)).rejects.toThrow()
    await expect(shared.grants.revoke(grant.id)).rejects.toThrow(/was revoked already/)
  })
})
