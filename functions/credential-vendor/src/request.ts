import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import * as v from 'valibot'
import { Problem } from './problem.ts'

const longestBody = 1_024

/** The body of a request, which is refused before it is looked at where it has more bytes than it may. */
export function bodyOf(
  { body = '', isBase64Encoded }: APIGatewayProxyEventV2,
  longest: number,
  example: string,
): string {
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > longest) {
    throw new Problem(413, 'BodyTooLarge', `The body must have ${longest} bytes at most${example}.`)
  }
  return isBase64Encoded ? Buffer.from(body, 'base64').toString() : body
}

/** A duration of another type is refused together with those that are out of range, and with the app's own range. */
const bodySchema = v.pipe(
  v.unknown(),
  v.check((body) => !Array.isArray(body)), // a list would pass for an object that holds nothing
  v.strictObject({ durationSeconds: v.optional(v.unknown()) }),
)

/** How long the session is to last: what the body asks for; NaN for what is no number. */
export function durationAsked(event: APIGatewayProxyEventV2): number | undefined {
  const text = bodyOf(event, longestBody, ': {"durationSeconds": 3600}')
  if (text.trim() === '') return undefined
  const parsed = v.safeParse(bodySchema, parse(text))
  if (!parsed.success) {
    throw new Problem(
      400,
      'BodyRefused',
      'The body must be {"durationSeconds": 3600}, or nothing, and hold nothing else.',
    )
  }
  const { durationSeconds } = parsed.output
  if (durationSeconds === undefined) return undefined
  return typeof durationSeconds === 'number' ? durationSeconds : Number.NaN
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no object, so refused
  }
}
