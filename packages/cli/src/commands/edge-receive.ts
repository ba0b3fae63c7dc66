import { bodiesOf } from '../edge-bodies.ts'
import { edgeOfGrant, type GrantedEdgeFlags } from '../edge-of-grant.ts'
import { openEdge } from '../edge-queue.ts'
import { Finding } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { makeFolder } from './save-body.ts'
import { nothingTaken, type Taken, takeMessages } from './take-messages.ts'

export interface ReceiveOptions extends GrantedEdgeFlags {
  most: number
  /** Seconds to wait for a message before the end. */
  wait: number
  json?: boolean
  /** A folder to save the bodies in. */
  save?: string
  /** Takes those, too, that cannot be read. */
  unreadable?: boolean
  terminal: Terminal
  signal: AbortSignal
}

/** Takes messages off the edge that a person named, and says how many however it ends. */
export async function receiveMessages(options: ReceiveOptions): Promise<void> {
  const { most, wait, json, save, unreadable, terminal, signal, ...given } = options
  const isDrain = most === Number.POSITIVE_INFINITY
  const flags = await edgeOfGrant(isDrain ? 'edge drain' : 'edge receive', 'receive', given)
  const queue = await openEdge(flags)
  const bodies = bodiesOf(queue.queueUrl, flags)
  if (save !== undefined) await makeFolder(save)
  const taken = { ...nothingTaken }
  try {
    await takeMessages(queue, { most, wait, json, save, unreadable, bodies, terminal, signal }, taken)
  } catch (error) {
    if (taken.received > 0) terminal.note(`Cut off: ${inWords(taken)}.`)
    throw error
  }
  if (!taken.isWritten || signal.aborted) {
    terminal.note(`${taken.isWritten ? 'Stopped' : 'Standard output is closed or full'}: ${inWords(taken)}.`)
    if (isDrain) signal.throwIfAborted() // there may be more
    return
  }
  if (taken.received === 0) terminal.note(`No message within ${wait} s.`)
  else if (isDrain) terminal.note(`${offTheEdge(taken)}; then none came within ${wait} s.`)
  if (taken.staying === 0) return
  const stays = taken.staying === 1 ? 'stays' : 'stay'
  terminal.note(`${taken.staying} could not be shown, and ${stays}; what is behind in the same group may stay, too.`)
  throw new Finding()
}

const offTheEdge = ({ off }: Taken): string =>
  `${off} ${off === 1 ? 'message was' : 'messages were'} taken off the edge`

function inWords(taken: Taken): string {
  const { givenBack } = taken
  if (givenBack === 0) return offTheEdge(taken)
  const [were, are] = givenBack === 1 ? ['was', 'is'] : ['were', 'are']
  return `${offTheEdge(taken)}; ${givenBack} that ${were} received with them ${are} on it again`
}
