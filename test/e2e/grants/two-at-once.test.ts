import { join } from 'node:path'
import { DynamoDBClient, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { createGrants, GrantConflict, type Grants } from '@causeway-aws/grants'
import { describe, expect, it } from 'vitest'
import { root, testSandbox } from '../../sandbox.ts'
import { partner, table, testGrants } from './shared.ts'

const sandbox = testSandbox()
const shared = testGrants()
const { deployed, askedFor, externalIdOf, ownQueue } = shared

describe('two who change one grant', () => {
  it('do not undo one another: of a hundred one wins, and the others are told what is different', async () => {
    const { resource } = await ownQueue()
    const { id } = await shared.grants.create({ name: 'raced', partner, resource, actions: ['send'] })
    // Each has read the grant before any has written it.
    let waiting = 100
    let go = () => {}
    const all = new Promise<void>((resolve) => {
      go = resolve
    })
    const racer = () =>
      createGrants({
        table,
        client: shared.ours,
        onClient(client) {
          const stack = client.middlewareStack as SQSClient['middlewareStack']
          stack.add(
            (next, { commandName }) =>
              async (args) => {
                if (commandName !== 'TransactWriteItemsCommand') return next(args)
                waiting -= 1
                if (waiting === 0) go()
                await all
                return next(args)
              },
            { step: 'initialize' },
          )
          return client
        },
      })
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, () => racer().revoke(id)))
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
    expect(lost).toHaveLength(99)
    for (const reason of lost) {
      expect(reason).toBeInstanceOf(GrantConflict)
      expect(reason.message).toMatch(
        /was changed by arn:aws:iam::111111111111:user\/administrator at .*: state created -> revok/,
      )
    }
    expect((await shared.grants.history(id)).map(({ what }) => what)).toEqual(['create', 'revoke: begin', 'revoke'])
  })

  /** Grants that, once they have begun to accept, let somebody else come first. */
  function overtakenBy(other: () => Promise<unknown>): Grants {
    let isFirst = true
    return createGrants({
      table,
      client: shared.ours,
      onClient(client) {
        const stack = client.middlewareStack as SQSClient['middlewareStack']
        stack.add(
          (next, { commandName }) =>
            async (args) => {
              const answer = await next(args)
              if (commandName !== 'TransactWriteItemsCommand' || !isFirst) return answer
              isFirst = false
              await other()
              return answer
            },
          { step: 'initialize' },
        )
        return client
      },
    })
  }

  it('leave nothing in a policy of what one has revoked while the other accepted it', async () => {
    const { others, policy, resource } = await ownQueue()
    const { id } = await shared.grants.create({ name: 'overtaken', partner, resource, actions: ['send'] })
    await expect(overtakenBy(() => shared.grants.revoke(id)).accept(id)).rejects.toThrow(GrantConflict)
    expect((await shared.grants.get(id)).state).toBe('revoked')
    expect((await policy()).Statement).toEqual(others)
  })

  it('leave nothing in a policy of what one has revoked while the other took one role of two out of it', async () => {
    const { others, policy, resource } = await ownQueue()
    const { id } = await shared.grants.create({ name: 'overtaken', partner, resource, actions: ['send'] })
    const roleArns = ['one', 'two'].map((name) => `arn:aws:iam::${partner}:role/${name}`)
    await shared.grants.accept(id, { roleArns })
    const narrowing = overtakenBy(() => shared.grants.revoke(id)).revoke(id, { roleArns: roleArns.slice(0, 1) })
    await expect(narrowing).rejects.toThrow(GrantConflict)
    expect((await shared.grants.get(id)).state).toBe('revoked')
    expect((await policy()).Statement).toEqual(others)
  })

  it('have the policy let in the roles that are on record, where both accept', async () => {
    const { policy, resource } = await ownQueue()
    const { id } = await shared.grants.create({ name: 'overtaken', partner, resource, actions: ['send'] })
    const [mine, yours] = ['mine', 'theirs'].map((name) => [`arn:aws:iam::${partner}:role/${name}`])
    const first = overtakenBy(() => shared.grants.accept(id, { roleArns: yours ?? [] }))
    await expect(first.accept(id, { roleArns: mine ?? [] })).rejects.toThrow(/principals/)
    expect(await shared.grants.get(id)).toMatchObject({ state: 'active', grant: { principals: yours } })
    expect(JSON.stringify(await policy())).toContain('role/theirs')
    expect(JSON.stringify(await policy())).not.toContain('role/mine')
  })

  it('are told of a record that is not as Causeway writes it, and of which', async () => {
    const parameters = { TableName: 'grants-unreadable' }
    await sandbox.deploy({
      template: join(root, 'infra/grants.yaml'),
      account: 'home',
      stack: 'unreadable',
      parameters,
    })
    const by = createGrants({ table: parameters.TableName, client: shared.ours })
    const grant = await askedFor({}, by)
    const version = JSON.stringify({ ...(await by.get(grant.id)), state: undefined, novelty: true })
    for (const [text, what] of [
      [version, 'novelty'],
      ['{', 'all of it'],
    ] as const) {
      const Item = { pk: { S: 'grant' }, sk: { S: grant.id }, version: { N: '1' }, record: { S: text } }
      await new DynamoDBClient(shared.ours).send(new PutItemCommand({ TableName: parameters.TableName, Item }))
      const sentence = `The record grant ${grant.id} of the table grants-unreadable is not as this Causeway writes it (${what}`
      await expect(by.get(grant.id)).rejects.toThrow(sentence)
      await expect(by.list()).rejects.toThrow(sentence)
    }
    expect(await by.history(grant.id)).toHaveLength(1)
  })

  it('have every version kept, and none of it has an ExternalId in it', async () => {
    const grant = await askedFor()
    await deployed(grant)
    const query = new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': { S: `grant#${grant.id}` } },
    })
    const { Items = [] } = await new DynamoDBClient(shared.ours).send(query)
    expect(Items).toHaveLength(1)
    expect(JSON.stringify(Items)).not.toContain(await externalIdOf(grant))
  })
})
