import { setImmediate } from 'node:timers/promises'
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs'
import { redrive } from '@causeway-aws/edge'
import { countMessages } from '../edge-counts.ts'
import { type EdgeFlags, openEdge, type Queue } from '../edge-queue.ts'
import { Finding } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { visible } from '../visible.ts'

export interface EdgeRedriveOptions extends EdgeFlags {
  /** The dead letter queue; by default the one that the edge names. */
  from?: string
  most?: number
  json?: boolean
  terminal: Terminal
  signal: AbortSignal
}

interface RedriveOptions extends Pick<EdgeRedriveOptions, 'terminal' | 'signal'> {
  most: number | undefined
  json: boolean | undefined
}

/** Sends the dead letters of the edge that a person named to it again. */
export async function redriveMessages({
  from,
  most,
  json,
  terminal,
  signal,
  ...flags
}: EdgeRedriveOptions): Promise<void> {
  const { client, queueUrl: to } = await openEdge(flags)
  const letters = from === undefined ? await deadLettersOf(client, to) : from
  const { queueUrl } = await openEdge({ ...flags, edge: letters })
  if (!(await redriveFrom({ client, queueUrl }, to, { most, json, terminal, signal }))) throw new Finding()
}

/**
 * Sends dead letters to an edge again, prints what became of each, and answers whether the edge has accepted all, to stay.
 * The next is sent once the line of the one before was written: whoever reads the lines may end it at any of them.
 */
export async function redriveFrom(
  letters: Queue,
  to: string,
  { most, json, terminal, signal }: RedriveOptions,
): Promise<boolean> {
  const { client, queueUrl } = letters
  let accepted = 0
  let refused = 0
  let [again, meanwhile] = [0, 0]
  let isWritten = true
  for await (const letter of redrive({ from: queueUrl, to, client, signal, ...(most !== undefined && { most }) })) {
    const { trackingId = '-', reason = 'no node said why', refusal, died } = letter
    if (died === 'again') again += 1
    else if (died) meanwhile += 1
    else if (refusal === undefined) accepted += 1
    else refused += 1
    const become = died === 'again' ? 'dead again' : died ? 'dead since' : refusal && 'not redriven'
    const said = become ? `${terminal.paint('red', become)}: ${visible(refusal ?? reason)}` : visible(reason)
    terminal.print(json ? JSON.stringify(letter) : `${terminal.paint('dim', visible(trackingId))}  ${said}`)
    isWritten = await terminal.written()
    if (!isWritten) break
  }
  if (!isWritten) terminal.note('Standard output is closed or full, so no more of them are sent.')
  const inHand = isWritten && !signal.aborted ? await inHandOf(letters) : 0
  if (accepted + refused + again + meanwhile === 0) {
    terminal.note(inHand > 0 ? 'No dead letter is to be seen now.' : 'There is no dead letter.')
  }
  if (accepted > 0) terminal.note(`${accepted} of the dead letters ${accepted === 1 ? 'is' : 'are'} on the edge again.`)
  if (refused > 0) {
    terminal.note(
      `${refused} could not be redriven, and ${refused === 1 ? 'stays' : 'stay'} with what is behind in the same group.`,
    )
  }
  if (again > 0) {
    const [are, stay] = again === 1 ? ['is', 'stays'] : ['are', 'stay']
    terminal.note(
      `${again} of them ${are} dead again, and ${stay}: see why before you redrive what is there, causeway edge peek ${nameOf(queueUrl)}`,
    )
  }
  if (meanwhile > 0) {
    const [was, stays] = meanwhile === 1 ? ['was', 'stays'] : ['were', 'stay']
    terminal.note(`${meanwhile} more ${was} given up meanwhile, and ${stays}.`)
  }
  if (inHand > 0) {
    const them = inHand === 1 ? 'it' : 'them'
    terminal.note(
      `SQS counts ${inHand} more in hand: who looks at ${them} now, or was killed a moment ago, has received ${them}. Redrive again when ${them === 'it' ? 'it is' : 'they are'} to be seen: causeway edge peek ${nameOf(queueUrl)}`,
    )
  }
  if (!isWritten) await setImmediate() // then the signal says that it is over
  signal.throwIfAborted() // there may be more
  return refused + again === 0
}

/** How many somebody else has received, who may be gone: nobody sees them until SQS shows them again. None where SQS does not say. */
async function inHandOf(letters: Queue): Promise<number> {
  const { counts } = await countMessages(letters).catch(() => ({ counts: '' }))
  return typeof counts === 'string' ? 0 : counts.inHand
}

const nameOf = (queueUrl: string) => queueUrl.slice(queueUrl.lastIndexOf('/') + 1)

/** The ARN of the queue that an edge's redrive policy names. */
async function deadLettersOf(client: SQSClient, QueueUrl: string): Promise<string> {
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['RedrivePolicy'] }),
  )
  const arn: unknown = JSON.parse(Attributes?.RedrivePolicy ?? '{}').deadLetterTargetArn
  if (typeof arn === 'string') return arn
  throw new Error(`${QueueUrl} names no dead letter queue. Give the queue that its node puts them in: --from QUEUE`)
}
