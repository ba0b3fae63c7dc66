import { hash, randomBytes } from 'node:crypto'
import {
  createEdge,
  createMessage,
  EdgeSendError,
  encodeMessage,
  type Message,
  MessageError,
  wireBytes,
} from '@causeway-aws/edge'
import { bodiesOf } from '../edge-bodies.ts'
import { edgeOfGrant, type GrantedEdgeFlags } from '../edge-of-grant.ts'
import { mindTheQueue, openEdge } from '../edge-queue.ts'
import { UsageError } from '../exit.ts'
import { printSent } from '../print-message.ts'
import { patience } from '../request-limits.ts'
import type { Terminal } from '../terminal.ts'
import { trackingIdsOf } from '../tracking-ids.ts'
import { type FileBody, maxSqsBytes, readBody, tooLarge } from './body-file.ts'
import { isNoQueue, sendLines } from './send-lines.ts'

export interface SendOptions extends GrantedEdgeFlags {
  /** One message; or `bodyFile`, a file that is one, or `lines`, a file with a message per line (`-`: standard input). */
  body: string | undefined
  bodyFile?: string
  lines?: string
  fromLine?: number
  /** Every body goes to S3, whatever its size. */
  large?: boolean
  type: string
  group?: string
  /** What the tracking ids follow from, so that what is sent again is the same messages. */
  trackingIds?: string
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** Sends a body or a file's lines, and prints each message once it is accepted. */
export async function sendMessages(options: SendOptions): Promise<void> {
  const {
    terminal,
    signal,
    json,
    body,
    bodyFile,
    lines,
    fromLine = 1,
    large = false,
    type,
    group,
    trackingIds,
    ...given
  } = options
  const flags = await edgeOfGrant('edge send', 'send', given)
  const ofAll = { type, ...(group !== undefined && { groupId: group }) }
  const mayBeInS3 = flags.bodiesBucket !== undefined
  refuseUnsendable(createMessage({ ...ofAll, body: body === '' || (body && !mayBeInS3) ? body : 'a body' }))
  const { client, queueUrl } = await openEdge(flags)
  const bodies = bodiesOf(queueUrl, flags)
  if (large && !bodies) throw new UsageError('edge send: --large is for an edge with --bodies-bucket NAME.')
  const edge = createEdge({ queueUrl, client, largeBodies: bodies, patience })
  const name = trackingIds ?? randomBytes(8).toString('hex')
  const trackingIdOf = trackingIdsOf(name, { queueUrl, type, group })

  if (lines !== undefined) {
    const lineMessage = (body: string, line: number) =>
      createMessage({ ...ofAll, body, trackingId: trackingIdOf(hash('sha256', body), line) })
    return sendLines(lines, {
      edge,
      fromLine,
      messageOf: lineMessage,
      name,
      isNew: trackingIds === undefined,
      inOrder: group !== undefined && queueUrl.endsWith('.fifo'),
      large,
      json,
      terminal,
      signal,
    })
  }
  const { sha256, ...content } =
    bodyFile === undefined ? typed(body ?? '') : await readBody(bodyFile, { bodies, terminal, signal })
  const message = createMessage({ ...ofAll, ...content, trackingId: trackingIdOf(sha256) })
  if (!bodies) refuseUnsendable(message)
  try {
    await edge.send([message], { signal, large })
  } catch (error) {
    if (!(error instanceof EdgeSendError)) throw error
    if (isNoQueue(error)) throw new Error(`${error.message} ${mindTheQueue}`, { cause: error })
    if (!error.retryable) throw error
    const again = `To send it again under the same tracking id, add to the same command: --tracking-ids ${name}`
    if (signal.aborted) terminal.note(`Stopped; the message may have been accepted. ${again}`)
    throw new Error(`${error.message} ${again}`, { cause: error })
  }
  printSent(message, json, terminal)
}

const typed = (body: string): FileBody => ({ body, sha256: hash('sha256', body) })

/** Refuses what was typed before anything is sent; a line of a file fails alone, with its number. */
function refuseUnsendable(message: Message): void {
  try {
    if (wireBytes(encodeMessage(message, { fifo: true })) <= maxSqsBytes) return
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    const fault = error.fault.replace('its group id', '--group').replace('its type', '--type').replace('its', 'the')
    throw new UsageError(`edge send: ${fault}.`)
  }
  throw new UsageError(`edge send: the message ${tooLarge}.`)
}
