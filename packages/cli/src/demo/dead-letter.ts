import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SQSClient } from '@aws-sdk/client-sqs'
import { type BodyReference, createMessage, type Message } from '@causeway-aws/edge'
import { peek } from '../commands/edge-peek.ts'
import { redriveFrom } from '../commands/edge-redrive.ts'
import { makeCatalogue } from './catalogue.ts'
import { crossing } from './crossing.ts'
import type { DemoContext, Flow } from './flow.ts'
import { look } from './look.ts'
import { partnerSender } from './partner-sender.ts'

/** The cause here is a body that was changed in S3: it fails however often it is run, until somebody puts the body right. */
export const deadLetter: Flow = {
  name: 'dead-letter',
  title: 'What always fails becomes a dead letter and holds nothing up; mended, it is brought back',
  steps(context) {
    const { stacks, signal, accounts, undo } = context
    const { orders } = stacks
    const { edge, largeBodies } = partnerSender(context)
    const { body, inShort } = makeCatalogue(1006)
    const behind = createMessage({ type: 'order', body: 'order 1006' })
    const [failing, following] = [crossing(context), crossing(context)]
    const dead = { client: new SQSClient(accounts.home), queueUrl: orders.deadLettersUrl }
    const log = { account: 'home', functionName: orders.functionName } as const
    let message: Message
    let stored: StoredBody
    return [
      {
        title: 'partner stores another catalogue in home, where somebody changes one byte of it',
        async run() {
          const bodyReference = await largeBodies.store(body)
          message = createMessage({ type: 'catalogue', bodyReference, groupId: behind.groupId })
          stored = await storedBody(context, bodyReference)
          undo.defer(stored.put)
          await stored.put(withOneByteChanged(stored.bytes))
        },
      },
      {
        title: `partner sends the reference to it, and behind it, in the same group, "${behind.body}"`,
        async run() {
          failing.begin(message)
          following.begin(behind)
          await edge.send([message, behind])
        },
      },
      {
        title: 'body changed in S3',
        refusal: 'LargeBodyError',
        log,
        async run() {
          const { code, reason } = await failing.logged('home', { message: 'message failed' })
          const said = String(reason).replace('A large body cannot be read: ', '')
          throw Object.assign(new Error(said), { name: String(code) })
        },
      },
      {
        title: "home's edge-trigger gives it up after 2 attempts",
        log,
        run: () => failing.logged('home', { message: 'message given up', attempts: 2 }),
      },
      following.forwarded(
        `home's edge-trigger goes on with "${behind.body}", and forwards it to answers.fifo in partner`,
      ),
      {
        title: 'home sees why:  causeway edge peek orders-dead.fifo',
        async run(show) {
          const lines = await look({
            expected: `the dead letter ${message.trackingId} and its reason`,
            signal,
            async once(attempt, terminal, printed) {
              // Where it is alone, one is enough; for more SQS is waited for.
              await peek(dead, { most: attempt === 1 ? 1 : 100, json: false, terminal, signal })
              const first = printed.findIndex((line) => line.startsWith(message.trackingId))
              return first === -1 ? [] : printed.slice(first, first + 2)
            },
          })
          for (const line of lines) show(line)
        },
      },
      { title: 'home puts the byte back as it was', run: () => stored.put() },
      {
        title: 'home brings it back:  causeway edge redrive orders.fifo',
        async run(show) {
          const [line = ''] = await look({
            expected: `the dead letter ${message.trackingId} to be on its edge again`,
            signal,
            async once(attempt, terminal, printed) {
              const most = attempt === 1 ? 1 : undefined
              await redriveFrom(dead, orders.queueUrl, { most, json: false, terminal, signal })
              const ours = printed.filter((line) => line.startsWith(message.trackingId))
              if (ours.length > 0) return ours
              const isBack = (await failing.timesLogged('home', { message: 'message forwarded' })) > 0
              return isBack ? ['Another demo, which runs at the same time, has brought it back.'] : []
            },
          })
          show(line)
        },
      },
      failing.forwarded("home's edge-trigger runs it, and sends on what it comes to"),
      failing.printed(inShort),
    ]
  },
}

/** A body as it was stored, and what puts that, or other bytes, in its place. */
interface StoredBody {
  bytes: Uint8Array
  put(bytes?: Uint8Array): Promise<void>
}

/** Only home's own administrator can do this: the partner may neither read nor replace a body. */
async function storedBody(
  { stacks: { orders }, accounts }: DemoContext,
  { key: Key }: BodyReference,
): Promise<StoredBody> {
  const s3 = new S3Client(accounts.home)
  const place = { Bucket: orders.bodiesBucket, Key }
  const { Body } = await s3.send(new GetObjectCommand(place))
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array()
  return { bytes, put: async (Body = bytes) => void (await s3.send(new PutObjectCommand({ ...place, Body }))) }
}

/** Which system has compressed it, says gzip's tenth byte: the body that comes of it is the same, so only the hash can tell. */
function withOneByteChanged(bytes: Uint8Array): Uint8Array {
  return bytes.with(9, (bytes[9] ?? 0) ^ 1)
}
