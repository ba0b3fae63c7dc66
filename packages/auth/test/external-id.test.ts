import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { acceptedExternalId } from '../src/external-id.ts'
import { externalId } from '../src/index.ts'

describe('externalId', () => {
  it('is 256 bits in 64 hex digits, which STS accepts and no command line takes for a flag', () => {
    const id = externalId()
    expect(id).toMatch(/^[0-9a-f]{64}$/)
    expect(Buffer.from(id, 'hex')).toHaveLength(32)
    expect(v.is(acceptedExternalId, id)).toBe(true)
  })

  it('is never the same twice', () => {
    expect(new Set(Array.from({ length: 1000 }, externalId)).size).toBe(1000)
  })
})

describe('an ExternalId', () => {
  it.each(['ab', 'A'.repeat(1224), 'a_+=,.@:/\\-Z', '2024-01-01T00:00:00'])('may be %s', (id) => {
    expect(v.is(acceptedExternalId, id)).toBe(true)
  })

  it.each(['', 'a', 'A'.repeat(1225), 'a b', 'a*', 'ä1', 'a\n'])('may not be %j', (id) => {
    expect(v.is(acceptedExternalId, id)).toBe(false)
  })
})
