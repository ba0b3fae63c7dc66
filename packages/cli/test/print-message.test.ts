import { createMessage } from '@causeway-aws/edge'
import { expect, it } from 'vitest'
import { printMessage } from '../src/print-message.ts'
import type { Terminal } from '../src/terminal.ts'

function printed(body: string, json: boolean): string {
  const lines: string[] = []
  const terminal: Terminal = {
    print: (line = '') => void lines.push(line),
    printJson: () => {},
    write: () => {},
    note: () => {},
    paint: (_, text) => text,
  }
  printMessage(createMessage({ type: 'order', body, groupId: 'g' }), json, terminal)
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
