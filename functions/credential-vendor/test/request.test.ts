import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { Problem } from '../src/problem.ts'
import { bodyOf } from '../src/request.ts'

const event = (body: string, isBase64Encoded: boolean) => ({ body, isBase64Encoded }) as APIGatewayProxyEventV2

describe('The body of a request', () => {
  it.each([
    ['as text', (text: string) => event(text, false)],
    ['as base64', (text: string) => event(Buffer.from(text).toString('base64'), true)],
  ])('%s may have so many bytes, and no more, however many characters they are', (_, eventOf) => {
    for (const [text, bytes] of [
      ['x'.repeat(12), 12],
      ['é'.repeat(6), 12],
      ['日'.repeat(4), 12],
    ] as const) {
      expect(bodyOf(eventOf(text), bytes, '')).toBe(text)
      expect(() => bodyOf(eventOf(text), bytes - 1, '')).toThrow(Problem)
    }
  })
})
