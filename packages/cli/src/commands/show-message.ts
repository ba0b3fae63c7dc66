import type { Message as ReceivedMessage } from '@aws-sdk/client-sqs'
import {
  decodeReceivedMessage,
  type LargeBodies,
  LargeBodyError,
  type Message,
  MessageError,
  withBody,
} from '@causeway-aws/edge'
import { type Death, printMessage, printUnreadable } from '../print-message.ts'
import type { Terminal } from '../terminal.ts'
import { BodyError, saveBody } from './save-body.ts'

interface ShowOptions {
  json: boolean | undefined
  terminal: Terminal
  /** Where bodies are read that are in S3. */
  bodies: LargeBodies | undefined
  /** The folder that bodies are saved in. */
  save?: string | undefined
  /** Whether a body that is in S3, where no bucket is named to read it from, may be shown as the reference to it. */
  references: boolean
  /** Whether one that cannot be read may be shown as SQS has it. */
  unreadable?: boolean | undefined
  /** Whether the messages are dead letters. Else what one says of its death is its sender's word. */
  isDead: boolean
  signal: AbortSignal
}

/** Prints a message; false when it, or its body, cannot be read, of which it says why. */
export async function show(received: ReceivedMessage, options: ShowOptions): Promise<boolean> {
  const { json, terminal, save, bodies, isDead, signal } = options
  try {
    const message = decodeReceivedMessage(received, { messageType: '-' })
    const death = isDead ? deathOf(received) : undefined
    if (save !== undefined) {
      printMessage(message, json, terminal, { death, file: await saveBody(message, save, { bodies, signal }) })
    } else printMessage(await readable(message, options), json, terminal, { death })
    return true
  } catch (error) {
    if (!(error instanceof MessageError || error instanceof LargeBodyError || error instanceof BodyError)) throw error
    const isUnreadable = error instanceof MessageError
    if (isUnreadable && options.unreadable) {
      printUnreadable(received, error.fault, terminal)
      return true
    }
    const stays = `It stays on the edge${isUnreadable ? '; edge drain --unreadable takes it off' : ''}.`
    if (!signal.aborted) terminal.note(`${received.MessageId}: ${error.message} ${stays}`)
    return false
  }
}

async function readable(message: Message, { bodies, references, signal }: ShowOptions): Promise<Message> {
  const { bodyReference } = message
  if (!bodyReference || (!bodies && references)) return message
  const size = `Its body of ${bodyReference.expandedLength.toLocaleString('en')} bytes`
  if (!bodies) {
    throw new BodyError(`${size} is in S3. Name the bucket, --bodies-bucket NAME, or take the reference to it, --json.`)
  }
  if (bodyReference.expandedLength > bodies.maxInlineBytes) {
    throw new BodyError(`${size} is too large to be shown. Save it with --save FOLDER.`)
  }
  try {
    return await withBody(message, bodies, { signal })
  } catch (error) {
    if (!isNoText(error)) throw error
    throw new BodyError(`${size} is not text in UTF-8. Save it with --save FOLDER.`)
  }
}

const isNoText = (error: unknown): boolean =>
  error instanceof LargeBodyError &&
  (error.cause as NodeJS.ErrnoException)?.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'

/**
 * Why a dead letter was given up, as its node has said: all of it, since `reason` alone is a word that senders use, too.
 * One that SQS has put there, as it came, no node has said anything of.
 */
function deathOf({ Attributes, MessageAttributes = {} }: ReceivedMessage): Death | undefined {
  if (Attributes?.DeadLetterQueueSourceArn) return undefined
  const [reason, attempts, failedAt] = ['reason', 'attempts', 'failedAt'].map(
    (name) => MessageAttributes[name]?.StringValue,
  )
  if (reason === undefined || !/^[1-9]\d{0,8}$/.test(attempts ?? '') || !timeOfDeath.test(failedAt ?? ''))
    return undefined
  return { reason, attempts: Number(attempts), failedAt }
}

/** As a node's `Date.toISOString` writes it. */
const timeOfDeath = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
