import { createMessage } from '@causeway-aws/edge'
import { makeCatalogue } from './catalogue.ts'
import { crossing } from './crossing.ts'
import type { Flow } from './flow.ts'
import { partnerSender } from './partner-sender.ts'

const count = (bytes: number) => bytes.toLocaleString('en')

/** What is over the limit of SQS goes through a bucket of the edge's owner. */
export const largeBody: Flow = {
  name: 'large-body',
  title: 'A body that is too large for a queue crosses by way of S3, and is verified',
  steps(context) {
    const { edge, largeBodies } = partnerSender(context)
    const { body, inShort } = makeCatalogue(1005)
    const way = crossing(context)
    return [
      {
        title: `partner stores a catalogue of ${count(Buffer.byteLength(body))} bytes in home, and sends a reference to it`,
        async run(show) {
          const bodyReference = await largeBodies.store(body)
          const { key, sha256, length } = bodyReference
          show(`bodyRef ${key}, ${count(length)} bytes compressed, SHA-256 ${sha256.slice(0, 16)}…`)
          const message = createMessage({ type: 'catalogue', bodyReference })
          way.begin(message)
          await edge.send([message])
        },
      },
      way.forwarded("home's edge-trigger reads it from S3, verifies it, and sends on what it comes to"),
      way.printed(inShort),
    ]
  },
}
