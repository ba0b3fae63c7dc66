import { describe, expect, it } from 'vitest'
import { kafkaToken } from '../src/index.ts'

const credentials = async () => ({
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'not a key',
  sessionToken: 'session',
  expiration: new Date(Date.now() + 120_000),
})

describe('A token for Kafka', () => {
  it('is a request to connect that is signed by the credentials for MSK of the region', async () => {
    const { value } = await kafkaToken({ region: 'eu-west-1', credentials })()
    const url = new URL(Buffer.from(value, 'base64url').toString())
    expect(url.host).toBe('kafka.eu-west-1.amazonaws.com')
    expect(url.searchParams.get('Action')).toBe('kafka-cluster:Connect')
    expect(url.searchParams.get('X-Amz-Credential')).toMatch(
      /^ASIAEXAMPLE\/\d{8}\/eu-west-1\/kafka-cluster\/aws4_request$/,
    )
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('session')
  })

  it('ends no later than the credentials', async () => {
    const { expiration } = await kafkaToken({ region: 'eu-west-1', credentials })()
    expect(expiration.getTime() - Date.now()).toBeLessThanOrEqual(120_000)
  })

  it('is not made of credentials that are refused', async () => {
    const refused = kafkaToken({
      region: 'eu-west-1',
      credentials: () => Promise.reject(new Error('wrong ExternalId')),
    })
    await expect(refused()).rejects.toThrow('wrong ExternalId')
  })

  it('needs a region', () => {
    expect(() => kafkaToken({ region: 'Ireland' })).toThrow('region must be a region: eu-west-1')
  })
})
