import { expect, it } from 'vitest'
import { scramVerifier } from '../../src/rotation/scram.ts'

// The user, salt and count of the exchange in RFC 7677, section 3.
it('is what PostgreSQL keeps of a password', () => {
  expect(scramVerifier('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))).toBe(
    'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
  )
})

it('is another one each time', () => {
  expect(scramVerifier('pencil')).not.toBe(scramVerifier('pencil'))
})
