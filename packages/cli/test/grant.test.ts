import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readGrant } from '../src/grant.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-grant-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A grant of this content, which is in the file `grant.json`. */
async function grantOf(content: object) {
  const file = join(folder, 'grant.json')
  await writeFile(file, JSON.stringify(content))
  return readGrant(file)
}

const customerAccessRoleArn = 'arn:aws:iam::222222222222:role/orders-reader'
const dataset = { datasetName: 'Orders', customerAccessRoleArn, createDatetime: 1685331931671 }

describe("A dataset of #Let's Data", () => {
  it('is a grant of its role, whose ExternalId is when it was made', async () => {
    expect(await grantOf({ ...dataset, writeConnector: { streamName: 'orders' } })).toMatchObject({
      roleArn: customerAccessRoleArn,
      externalId: '1685331931671',
      stream: 'orders',
    })
  })

  it('may say of what it has not that it is null', async () => {
    const streamAlone = { streamName: 'orders', topicName: null, clusterArn: null, bucketName: null }
    expect(await grantOf({ ...dataset, region: null, writeConnector: streamAlone, errorConnector: null })).toEqual({
      roleArn: customerAccessRoleArn,
      externalId: '1685331931671',
      stream: 'orders',
    })
    const { stream } = await grantOf({ ...dataset, writeConnector: null })
    expect(stream).toBeUndefined()
  })

  it.each(['x', '2026 11 22', 'x'.repeat(1_225)])('whose date can be no ExternalId (%#) is refused', async (date) => {
    await expect(grantOf({ ...dataset, createDatetime: date })).rejects.toThrow(
      `--grant ${join(folder, 'grant.json')}: createDatetime must be the ExternalId: 2 to 1,224 letters, digits and _+=,.@:/\\-.`,
    )
  })

  it.each([
    ['a role', { ...dataset, customerAccessRoleArn: undefined }, 'customerAccessRoleArn'],
    ['any role yet', { ...dataset, customerAccessRoleArn: null }, 'customerAccessRoleArn'],
    ['its date', { ...dataset, createDatetime: undefined }, 'createDatetime'],
    ['a role, a name and a date', { writeConnector: { streamName: 'orders' } }, 'customerAccessRoleArn'],
  ])('without %s is refused by a sentence that names the file and what is missing', async (_, content, missing) => {
    await expect(grantOf(content)).rejects.toThrow(
      `--grant ${join(folder, 'grant.json')}: the dataset has no ${missing}. `,
    )
  })
})
