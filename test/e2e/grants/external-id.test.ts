import { createGrants, type Grants } from '@causeway-aws/grants'
import { describe, expect, it } from 'vitest'
import { table, testGrants } from './shared.ts'

const shared = testGrants()
const { deployed, askedFor, externalIdOf, roleOf, killedAt } = shared

describe('an ExternalId is replaced, with the partner', () => {
  it('in four steps, each of which says what is waited for', async () => {
    let now = Date.now()
    const clock = { now: () => now, monotonic: () => performance.now() }
    const by = createGrants({ table, client: shared.ours, clock })
    const grant = await askedFor({}, by)
    const roleArn = await deployed(grant, by)
    await by.accept(grant.id, { roleArns: [roleArn] })
    const old = await externalIdOf(grant)

    expect(await by.rotate(grant.id)).toMatchObject({
      grant: { rotation: { step: 'offered' } },
      waitsFor: expect.stringMatching(/^The partner has to deploy .* with both ExternalIds/),
    })
    expect(await by.rotate(grant.id)).toMatchObject({ done: [] })
    expect(await externalIdOf(grant)).toBe(old)
    await expect(roleOf(roleArn, old)()).resolves.toBeDefined()

    await deployed(grant, by)
    expect(await by.rotate(grant.id)).toMatchObject({
      grant: { rotation: { step: 'switched' } },
      waitsFor: expect.stringMatching(/^Who uses the grant may hold the old ExternalId for 300 s more/),
    })
    const renewed = await externalIdOf(grant)
    expect(renewed).not.toBe(old)
    await expect(roleOf(roleArn, old)()).resolves.toBeDefined()
    await expect(roleOf(roleArn, renewed)()).resolves.toBeDefined()
    await expect(by.export(grant.id, 'template')).rejects.toThrow(/may hold the old one for 300 s more/)

    now += 301_000
    expect(await by.rotate(grant.id)).toMatchObject({
      done: [],
      waitsFor: expect.stringMatching(/with the new ExternalId only: its role still accepts the old one/),
    })
    await deployed(grant, by)
    const { grant: over, waitsFor } = await by.rotate(grant.id)
    expect({ rotation: over.rotation, waitsFor }).toEqual({ rotation: undefined, waitsFor: undefined })
    await expect(roleOf(roleArn, old)()).rejects.toThrow(/STS refuses/)
    await expect(roleOf(roleArn, renewed)()).resolves.toBeDefined()
    expect((await by.history(grant.id)).map(({ what }) => what)).toEqual([
      'create',
      'accept',
      'rotate: offer',
      'rotate: switch',
      'rotate: over',
    ])
  })

  it('and comes to the same when it is killed after each thing that it does', { timeout: 120_000 }, async () => {
    const grant = await askedFor()
    const roleArn = await deployed(grant)
    await shared.grants.accept(grant.id, { roleArns: [roleArn] })
    const old = await externalIdOf(grant)
    const step = (by: Grants) => by.rotate(grant.id, { heldFor: 0 })

    await expect(step(killedAt('TransactWriteItems'))).rejects.toThrow('killed')
    await expect(killedAt('PutSecretValue').export(grant.id, 'template')).rejects.toThrow('killed')
    await step(shared.grants)
    await deployed(grant)
    await expect(step(killedAt('UpdateSecretVersionStage'))).rejects.toThrow('killed')
    // Switched, and not on record yet: what is exported still has both.
    await deployed(grant)
    for (const id of [old, await externalIdOf(grant)]) await expect(roleOf(roleArn, id)()).resolves.toBeDefined()
    await expect(step(killedAt('TransactWriteItems'))).rejects.toThrow('killed')
    await step(shared.grants)
    await deployed(grant)
    await expect(step(killedAt('UpdateSecretVersionStage'))).rejects.toThrow('killed')
    await expect(step(killedAt('TransactWriteItems'))).rejects.toThrow('killed')
    expect((await shared.grants.get(grant.id)).grant.rotation).toBeUndefined()
    await expect(roleOf(roleArn, old)()).rejects.toThrow(/STS refuses/)
    await expect(roleOf(roleArn, await externalIdOf(grant))()).resolves.toBeDefined()
    // A second one begins anew.
    await expect(step(shared.grants)).resolves.toMatchObject({ grant: { rotation: { step: 'offered' } } })
  })
})
