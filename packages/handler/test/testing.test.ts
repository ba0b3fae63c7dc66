import { describe, expect, it } from 'vitest'
import { captureLog } from '../src/testing.ts'

describe('A captured log', () => {
  it('has the lines of the logger, parsed, and any other line as it is', () => {
    using log = captureLog()
    process.stdout.write('{"level":"INFO","message":"hello"}\n')
    process.stderr.write('(node:1) Warning: careful\n')
    process.stderr.write('42\n')
    expect(log.lines).toEqual([
      { level: 'INFO', message: 'hello' },
      { message: '(node:1) Warning: careful' },
      { message: '42' },
    ])
  })
})
