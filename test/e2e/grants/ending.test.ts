import { setTimeout as sleep } from 'node:timers/promises'
import { parseExportedGrant } from '@causeway-aws/grants'
import { describe, expect, it } from 'vitest'
import { partner, testGrants } from './shared.ts'

const shared = testGrants()
const { deployed, askedFor, externalIdOf, ownQueue, roleOf, send, shards } = shared

describe('what has an end', () => {
  it('is refused from then on, to sessions that are open, too, reads as expired, and is taken out later', async () => {
    const { QueueUrl, others, policy, resource } = await ownQueue()
    const until = new Date(Math.ceil(Date.now() / 1_000) * 1_000 + 8_000)
    const asked = await askedFor({ until })
    const given = await shared.grants.create({ name: 'short', partner, resource, actions: ['send'], until })
    const [askedRole, givenRole] = [await deployed(asked), await deployed(given)]
    await shared.grants.accept(asked.id, { roleArns: [askedRole] })
    await shared.grants.accept(given.id, { roleArns: [givenRole] })
    const externalId = await externalIdOf(asked)
    const [ourSession, theirSession] = [roleOf(askedRole, externalId), roleOf(givenRole)]
    const { stream = '' } = parseExportedGrant('', await shared.grants.export(asked.id, 'reader'))
    await shards(stream, ourSession)
    await send(QueueUrl, theirSession)
    await sleep(until.getTime() - Date.now() + 100)
    for (const { id } of [asked, given]) expect((await shared.grants.get(id)).state).toBe('expired')
    await expect(roleOf(askedRole, externalId)()).rejects.toThrow(/STS refuses/)
    await expect(shards(stream, ourSession)).rejects.toThrow(/not authorized/)
    await expect(send(QueueUrl, theirSession)).rejects.toThrow(/not authorized|denied/i)
    await expect(shared.grants.export(asked.id, 'template')).rejects.toThrow(/^The grant \w+ has ended, so /)
    expect((await policy()).Statement).toHaveLength(2)
    const revoked: string[] = []
    const summary = await shared.grants.revokeExpired({ onRevoked: ({ grant }) => revoked.push(grant.id) })
    expect(summary).toEqual({ revoked: 2, failed: 0, left: 0 })
    expect(revoked.sort()).toEqual([asked.id, given.id].sort())
    expect((await policy()).Statement).toEqual(others)
    await expect(externalIdOf(asked)).rejects.toThrow()
    expect(await shared.grants.revokeExpired()).toEqual({ revoked: 0, failed: 0, left: 0 })
  })
})
