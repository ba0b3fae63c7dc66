import fc from 'fast-check'
import type { Message } from '../src/index.ts'

const character = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  fc.constantFrom(0x9, 0xa, 0xd),
  fc.integer({ min: 0xa0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0xfffd }),
  fc.integer({ min: 0x10000, max: 0x10ffff }),
)

/** Text of every character that SQS allows, those of four UTF-8 bytes included. */
const bodies: fc.Arbitrary<string> = fc
  .array(character, { minLength: 1, maxLength: 40 })
  .map((codePoints) => String.fromCodePoint(...codePoints))

const trackingIds: fc.Arbitrary<string> = fc.uuid().map((uuid) => uuid.replaceAll('-', ''))

const groupIds: fc.Arbitrary<string> = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
  minLength: 1,
  maxLength: 128,
})

const types = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((type) => /^\P{C}{1,256}$/u.test(type))

export const messages: fc.Arbitrary<Message> = fc.record({
  body: bodies,
  type: types,
  trackingId: trackingIds,
  previousTrackingIds: fc.oneof(
    { weight: 3, arbitrary: fc.array(trackingIds, { maxLength: 3 }) },
    fc.array(trackingIds, { minLength: 62, maxLength: 70 }),
  ),
  groupId: groupIds,
})
