import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { createGrants } from '@causeway-aws/grants'
import { describe, expect, it } from 'vitest'
import { home, partner, table, testGrants } from './shared.ts'

const shared = testGrants()
const { ownQueue, killedAt } = shared

describe('what is killed in the middle', () => {
  it('changing a policy holds up the next one for as long as its time goes, and no longer', async () => {
    const { policy, resource } = await ownQueue()
    const until = Date.now() + 2_500
    const said: string[] = []
    const by = createGrants({ table, client: shared.ours, onWarning: ({ message }) => said.push(message) })
    const Item = {
      pk: { S: 'policy' },
      sk: { S: resource.queueArn },
      holder: { S: 'killed' },
      until: { N: `${until}` },
    }
    await new DynamoDBClient(shared.ours).send(new PutItemCommand({ TableName: table, Item }))
    const { id } = await by.create({ name: 'next', partner, resource, actions: ['send'] })
    await by.accept(id, { roleArns: [`arn:aws:iam::${partner}:role/any`] })
    expect(Date.now()).toBeGreaterThan(until)
    expect(said).toEqual([expect.stringMatching(/^Another is changing the policy of .* 30 s at most\.$/)])
    expect((await policy()).Statement).toHaveLength(2)
  })

  it('changing a policy does not hold up the same one when it is run again', async () => {
    const { resource } = await ownQueue()
    const { id } = await shared.grants.create({ name: 'again', partner, resource, actions: ['send'] })
    const by = `arn:aws:iam::${home}:user/administrator ${id}`
    const until = { N: `${Date.now() + 30_000}` }
    const Item = { pk: { S: 'policy' }, sk: { S: resource.queueArn }, holder: { S: 'killed' }, by: { S: by }, until }
    await new DynamoDBClient(shared.ours).send(new PutItemCommand({ TableName: table, Item }))
    await shared.grants.accept(id)
    expect(Date.now()).toBeLessThan(Number(until.N) - 15_000)
  })

  it('accepting and revoking go on when they are run again', async () => {
    const { others, policy, keyPolicy, resource } = await ownQueue()
    const keyBefore = await keyPolicy()
    const grant = await shared.grants.create({ name: 'killed', partner, resource, actions: ['send'] })
    const roleArns = [`arn:aws:iam::${partner}:role/any`]
    await expect(killedAt('PutKeyPolicy').accept(grant.id, { roleArns })).rejects.toThrow('killed')
    expect((await shared.grants.get(grant.id)).state).toBe('accepting')
    await expect(shared.grants.rotate(grant.id)).rejects.toThrow(/has no ExternalId/)
    expect((await shared.grants.accept(grant.id, { roleArns })).grant.state).toBe('active')
    await expect(killedAt('PutKeyPolicy').revoke(grant.id)).rejects.toThrow('killed')
    expect((await shared.grants.get(grant.id)).state).toBe('revoking')
    await shared.grants.revoke(grant.id)
    expect((await policy()).Statement).toEqual(others)
    expect(await keyPolicy()).toEqual(keyBefore)
  })
})
