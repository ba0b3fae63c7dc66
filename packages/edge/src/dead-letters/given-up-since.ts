import { hash } from 'node:crypto'
import type { Message as ReceivedMessage, ReceiveMessageCommand } from '@aws-sdk/client-sqs'

/** Tells the letters that were there when a redrive began from those that a node has put there since. */
export interface GivenUpSince {
  /** Has the answer to a receive say what time it is to SQS, whose clock says when each letter was sent. */
  readTime(command: ReceiveMessageCommand): void
  /** Remembers what is sent, and by which redrive. */
  sends(letter: ReceivedMessage, redrive: string): void
  /** `again` where it is one of those that were sent; nothing where the letter was there before. */
  of(letter: ReceivedMessage): 'again' | 'meanwhile' | undefined
}

/** The time of an answer is in whole seconds, and the letters of the second in which it began were there as well. */
const second = 1_000

export function createGivenUpSince(): GivenUpSince {
  let began: number | undefined
  const redrives = new Set<string | undefined>()
  const trackingIds = new Set<string | undefined>()
  /** Of those without a tracking id. Where they leave no room for any attribute, nothing else tells one that dies again. */
  const bodies = new Set<string>()
  return {
    readTime(command) {
      if (began !== undefined) return
      command.middlewareStack.add(
        (next) => async (args) => {
          const result = await next(args)
          const { headers } = result.response as { headers?: Record<string, string> }
          began ??= Date.parse(headers?.date ?? '') || Date.now()
          return result
        },
        { step: 'deserialize', name: 'timeOfAnswer' },
      )
    },
    sends({ Body, MessageAttributes = {} }, redrive) {
      redrives.add(redrive)
      const { trackingId } = MessageAttributes
      if (trackingId) trackingIds.add(trackingId.StringValue)
      else bodies.add(digestOf(Body))
    },
    of({ Body, Attributes = {}, MessageAttributes: { redrive, trackingId } = {} }) {
      if (redrive && redrives.has(redrive.StringValue)) return 'again'
      const sent = Number(Attributes.SentTimestamp ?? 0)
      if (began === undefined || sent < began) return undefined
      if (!redrive && !trackingId && bodies.has(digestOf(Body))) return 'again'
      if (sent <= began + second) return undefined
      return trackingId && trackingIds.has(trackingId.StringValue) ? 'again' : 'meanwhile'
    },
  }
}

const digestOf = (body = ''): string => hash('sha256', body)
