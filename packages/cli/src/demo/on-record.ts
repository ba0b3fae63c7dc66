import { S3Client } from '@aws-sdk/client-s3'
import { createMessage } from '@causeway-aws/edge'
import { traceAudit } from '@causeway-aws/edge/audit'
import { drawTrace } from '../commands/audit-trace.ts'
import type { Flow } from './flow.ts'
import { homeAudit } from './home-audit.ts'
import { look } from './look.ts'
import { partnerSender } from './partner-sender.ts'

/** Each account has an audit of its own, which its nodes write to; whoever may read both sees the whole way. */
export const onRecord: Flow = {
  name: 'on-record',
  title: 'What was done with a message is on record, and is not changed unseen',
  steps(context) {
    const { stacks, accounts, signal, undo } = context
    const { edge } = partnerSender(context)
    const audit = homeAudit(context)
    const message = createMessage({ type: 'order', body: 'order 1007' })
    const stores = (['home', 'partner'] as const).map((account) => ({
      client: new S3Client(accounts[account]),
      bucket: stacks.audits[account].bucket,
    }))
    let from: Date
    let key: string
    let putBack: () => Promise<void>
    return [
      {
        title: `partner sends "${message.body}" to orders.fifo in home, which forwards it to partner`,
        async run() {
          from = new Date()
          await edge.send([message])
        },
      },
      {
        title: 'both accounts have recorded it:  causeway audit trace',
        async run(show) {
          const lines = await look({
            expected: 'a record of home, and one of partner',
            signal,
            async once(_, terminal, printed) {
              const messages = await traceAudit(message.trackingId, { stores, from }).catch((error: Error) => {
                // Another demo beside this one hides a record for a moment.
                if (error.name === 'NoSuchKey') return []
                throw error
              })
              drawTrace(messages, message.trackingId, terminal)
              key = messages[0]?.records[0]?.key ?? ''
              return printed.length < stores.length ? [] : printed
            },
          })
          for (const line of lines) show(line)
        },
      },
      {
        title: "home's audit-digest signs now, and not in 15 minutes, how far the records have come",
        log: { account: 'home', functionName: stacks.audits.home.functionName },
        run: () => audit.digest(),
      },
      {
        title: 'all is as it was written:  causeway audit verify',
        async run(show) {
          const [line = ''] = await audit.verify({ from, expected: 'say that all holds', says: 'All holds' })
          show(line)
        },
      },
      { title: 'record deleted', refusal: 'AccessDenied', run: () => audit.remove(key) },
      {
        title: 'home hides the record behind a delete marker, which S3 lets it do',
        async run() {
          putBack = await audit.hide(key)
          undo.defer(putBack)
        },
      },
      {
        title: 'that is found, and named:  causeway audit verify',
        async run(show) {
          const [line = ''] = await audit.verify({ from, expected: `name ${key}`, says: key })
          show(line)
        },
      },
      {
        title: 'home takes the delete marker away, and all holds again',
        async run() {
          await putBack()
          await audit.verify({ from, expected: 'say that all holds', says: 'All holds' })
        },
      },
    ]
  },
}
