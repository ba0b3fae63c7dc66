import { createMessage } from '@causeway-aws/edge'
import { expect, it } from 'vitest'
import { printMessage, printSent } from '../src/print-message.ts'
import type { Terminal } from '../src/terminal.ts'

const paper = (lines: string[]): Terminal => ({
  print: (line = '') => void lines.push(line),
  printJson: () => {},
  write: () => {},
  written: () => Promise.resolve(true),
  isPiped: false,
  note: () => {},
  paint: (_, text) => text,
})

function printed(body: string, json: boolean): string {
  const lines: string[] = []
  printMessage(createMessage({ type: 'order', body, groupId: 'g' }), json, paper(lines))
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}

it('keeps a body on its line, whatever a partner put into it', () => {
  expect(printed('a\nb\u001b[2J\u009b2J\u202ec\u2028é 😀', false)).toMatch(
    / {2}order {2}g {2}a\\u\{a\}b\\u\{1b\}\[2J\\u\{9b\}2J\\u\{202e\}c\\u\{2028\}é 😀$/u,
  )
})

it('gives a machine the body as it is', () => {
  expect(JSON.parse(printed('a\nb\u009b', true))).toMatchObject({ body: 'a\nb\u009b' })
})

it('says of a body that is in S3 how large it is, and where', () => {
  const bodyReference = { key: 'orders/7f3c', sha256: 'a'.repeat(64), length: 100, expandedLength: 2_806_714 }
  const lines: string[] = []
  printMessage(createMessage({ type: 'catalogue', bodyReference, groupId: 'g' }), false, paper(lines))
  expect(lines).toEqual([expect.stringMatching(/ {2}catalogue {2}g {2}2,806,714 bytes in S3, orders\/7f3c$/)])
})

it('shows as much of a long body that was sent as a person reads, and a machine all of it', () => {
  const lines: string[] = []
  const message = createMessage({ type: 'x', groupId: 'g', body: 'é'.repeat(100_000) })
  printSent(message, false, paper(lines))
  printSent(message, true, paper(lines))
  expect(lines[0]).toMatch(/ {2}é{1000}… \(100,000 characters\)$/)
  expect(JSON.parse(lines[1] ?? '')).toEqual(message)
})
