import { describe, expect, it } from 'vitest'
import { ConfigurationError, readConfiguration, type SecretReferenceOptions, secretReference } from '../src/index.ts'

const entries = { externalId: secretReference() }

describe('A secret reference', () => {
  it.each(['secret:causeway/partner#externalId', 'ssm:/causeway/external-id', 'env:PARTNER_ID', 'file:/run/secret'])(
    'is read from %s, and shows nothing else of itself',
    (reference) => {
      const { externalId } = readConfiguration(entries, { EXTERNAL_ID: reference })
      expect(externalId.reference).toBe(reference)
      expect(JSON.stringify(externalId)).toContain(reference)
    },
  )

  it('is not looked up before its value is asked for', async () => {
    const { externalId } = readConfiguration(entries, { EXTERNAL_ID: 'env:NOT_SET_ANYWHERE' })
    await expect(externalId.value()).rejects.toMatchObject({ code: 'SecretUnavailable' })
  })

  it('is not made with options that are wrong or unknown, which are no fault of the variable', () => {
    expect(() => secretReference({ ttl: -1 })).toThrow('secretReference: ttl must not be negative.')
    expect(() => secretReference({ tll: 60 } as SecretReferenceOptions)).toThrow(
      'secretReference: tll is not an option.',
    )
  })

  it('that is the secret itself is refused without being shown', () => {
    const read = () => readConfiguration(entries, { EXTERNAL_ID: 'hunter2-hunter2' })
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow(
      'EXTERNAL_ID: expected a secret reference (secret:, ssm:, env: or file:), got 15 characters (not shown). ' +
        'Example: EXTERNAL_ID=secret:causeway/partner#externalId',
    )
  })
})
