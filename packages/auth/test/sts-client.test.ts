import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { assumedRole } from '../src/index.ts'
import { requireRegionalEndpoint, stsClient } from '../src/sts-client.ts'

/** Where a client would send a request, had it been let. */
async function hostnameOf(client: STSClient): Promise<string> {
  const stop = new Error('not sent')
  let hostname = ''
  client.middlewareStack.add(
    () => async (call) => {
      hostname = (call.request as { hostname: string }).hostname
      throw stop
    },
    { step: 'finalizeRequest', priority: 'low', name: 'stop', override: true },
  )
  await expect(client.send(new GetCallerIdentityCommand())).rejects.toBe(stop)
  return hostname
}

afterEach(() => vi.unstubAllEnvs())

describe('stsClient', () => {
  it('uses the endpoint of the region it is given', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    for (const region of ['us-east-1', 'eu-west-1']) {
      expect(await hostnameOf((await stsClient(region)) as STSClient)).toBe(`sts.${region}.amazonaws.com`)
    }
  })

  it('uses the endpoint of AWS_REGION otherwise, even in the region of the global one', async () => {
    vi.stubEnv('AWS_REGION', 'us-east-1')
    vi.stubEnv('AWS_STS_REGIONAL_ENDPOINTS', 'legacy')
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
    expect(await hostnameOf((await stsClient(undefined)) as STSClient)).toBe('sts.us-east-1.amazonaws.com')
  })

  it('is made once for a region', async () => {
    const [one, two] = await Promise.all([stsClient('eu-west-2'), stsClient('eu-west-2')])
    expect(one).toBe(two)
    expect(await stsClient('eu-west-3')).not.toBe(one)
  })
})

describe('assumedRole without a region anywhere', () => {
  it('says which region was found, when it is the global one', async () => {
    const sts = new STSClient({ region: 'aws-global' })
    await expect(requireRegionalEndpoint(sts, { given: false })).rejects.toThrow(
      'assumedRole: the region found is aws-global, the global endpoint; set AWS_REGION to a region, or the option region.',
    )
  })

  it('says how to give it one', async () => {
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
    const roleArn = 'arn:aws:iam::222222222222:role/orders-reader'
    const sts = new STSClient({ credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret' } })
    await expect(requireRegionalEndpoint(sts, { given: false })).rejects.toThrow(
      'assumedRole: no region is known; set AWS_REGION, or the option region.',
    )
    // Beside a client the option is refused.
    await expect(assumedRole({ roleArn, sts })()).rejects.toThrow(
      'assumedRole: sts has no region; make the client for one, or set AWS_REGION.',
    )
  })
})
