import { describe, expect, it } from 'vitest'
import { credentialProcess } from '../src/index.ts'

describe('credentialProcess', () => {
  it('prints version 1, the keys, and the end in whole seconds of ISO 8601, rounded down', () => {
    const printed = credentialProcess({
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      accountId: '222222222222',
      expiration: new Date('2026-01-01T00:00:00.999Z'),
    })
    expect(JSON.parse(printed)).toEqual({
      Version: 1,
      AccessKeyId: 'ASIAEXAMPLE',
      SecretAccessKey: 'secret',
      SessionToken: 'token',
      Expiration: '2026-01-01T00:00:00Z',
    })
  })

  it('leaves out what long-lived keys do not have', () => {
    expect(JSON.parse(credentialProcess({ accessKeyId: 'AKIA', secretAccessKey: 'secret' }))).toEqual({
      Version: 1,
      AccessKeyId: 'AKIA',
      SecretAccessKey: 'secret',
    })
  })
})
