import { type TracedMessage, type TracedRecord, traceAudit, type UnreadObject } from '@causeway-aws/edge/audit'
import { auditClients } from '../audit-clients.ts'
import { Finding } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { visible } from '../visible.ts'
import type { TraceFlags } from './audit.ts'
import { createProgress } from './progress.ts'

export interface TraceOptions extends TraceFlags {
  id: string
  terminal: Terminal
  signal: AbortSignal
}

/** Draws a message's way through the nodes whose audits are given. */
export async function trace({
  id,
  terminal,
  signal,
  json,
  bucket,
  prefix = [''],
  from,
  to,
  ...flags
}: TraceOptions): Promise<void> {
  const { s3: client } = auditClients(flags)
  const progress = createProgress(terminal)
  const places = bucket.flatMap((bucket) => prefix.map((prefix) => ({ bucket, prefix })))
  let read = 0
  const unread: UnreadObject[] = []
  const messages = await traceAudit(id, {
    stores: places.map((place) => ({ client, ...place })),
    from,
    ...(to && { to }),
    onProgress: (objects) => {
      signal.throwIfAborted()
      read = objects
      progress(() => `${objects.toLocaleString('en')} objects read`)
    },
    onUnread: (object) => void unread.push(object),
  })
  if (json) terminal.printJson({ messages, unread })
  else drawTrace(messages, id, terminal)
  if (unread.length > 0) {
    sayUnread(unread, messages.length > 0, terminal)
    throw new Finding()
  }
  if (messages.length === 0) {
    const looked = places.map(({ bucket, prefix }) => `s3://${bucket}/${prefix}`).join(', ')
    const where = `since ${from.toISOString()} in ${looked}`
    if (read === 0) {
      throw new Error(
        `Nothing at all is recorded ${where}. See that --bucket and --prefix are those of a node, or give an earlier --from.`,
      )
    }
    throw new Error(
      `There is no record of ${id} ${where}. A message is recorded when its node is done with it; else give an earlier --from, or the audit of another node.`,
    )
  }
}

/** How many of the objects that could not be read are named. */
const named = 10

function sayUnread(unread: readonly UnreadObject[], isFound: boolean, { note }: Terminal): void {
  for (const { bucket, key, reason } of unread.slice(0, named))
    note(`s3://${bucket}/${visible(key)}: ${visible(reason)}`)
  if (unread.length > named) note(`and ${(unread.length - named).toLocaleString('en')} more; --json names them all`)
  const objects = unread.length === 1 ? '1 object' : `${unread.length.toLocaleString('en')} objects`
  const found = isFound ? 'the trace may be incomplete' : 'it is not known whether there is a record of the message'
  note(`${objects} could not be read whole, so ${found}. \`causeway audit verify\` says what is wrong with the audit.`)
}

/** Draws messages as trees, a line for each record: time, sender ("session") -> node, type, outcome, tracking id. */
export function drawTrace(messages: readonly TracedMessage[], id: string, terminal: Terminal): void {
  for (const message of messages) draw(message, { id, terminal, here: '', below: '' })
}

interface Place {
  id: string
  terminal: Terminal
  /** What is drawn to the left of the message, in its first line and in those below. */
  here: string
  below: string
}

function draw({ trackingId, records, children }: TracedMessage, { id, terminal, here, below }: Place): void {
  const { print, paint } = terminal
  for (const [index, { datetime, targetNode, messageType, outcome, ...source }] of records.entries()) {
    const way = visible(`${senderOf(source)} -> ${targetNode}  ${messageType}`)
    const name = trackingId === id ? paint('bold', trackingId) : paint('dim', trackingId)
    const done = outcome === 'processed' ? outcome : paint('red', outcome)
    print(`${datetime}  ${index === 0 ? here : below}${way}  ${done}  ${name}`)
  }
  for (const [index, child] of children.entries()) {
    const isLast = index === children.length - 1
    draw(child, { id, terminal, here: `${below}${isLast ? '└─ ' : '├─ '}`, below: `${below}${isLast ? '   ' : '│  '}` })
  }
}

/** In quotes what is the sender's own word. */
function senderOf({ sourceNode, sourceSession }: Pick<TracedRecord, 'sourceNode' | 'sourceSession'>): string {
  return sourceSession === undefined ? sourceNode : `${sourceNode} (${JSON.stringify(sourceSession)})`
}
