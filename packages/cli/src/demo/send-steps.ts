import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, type CredentialProvider } from '@causeway-aws/auth'
import { createEdge, createMessage } from '@causeway-aws/edge'
import type { DemoContext, Step } from './flow.ts'
import { waitForLog } from './wait-for-log.ts'

interface SendSteps extends DemoContext {
  /** What the first line says. */
  assume: string
  roleArn: string
  /** How the partner comes by the ExternalId, where the role wants one. */
  externalId?: () => Promise<string>
  body: string
}

/** The partner assumes a role and sends a message to home's edge; it comes back to the partner's own edge by way of home's function. */
export function sendSteps({ sandbox, stacks, accounts, signal, assume, roleArn, externalId, body }: SendSteps): Step[] {
  const { orders, answers } = stacks
  let credentials: CredentialProvider
  let trackingId: string
  let forwardedAs: unknown
  let sentAt: Date
  const home = { account: 'home', functionName: orders.functionName } as const
  const partner = { account: 'partner', functionName: answers.functionName } as const
  return [
    {
      title: assume,
      async run() {
        credentials = assumedRole({
          roleArn,
          sessionName: 'causeway-demo',
          sts: new STSClient(accounts.partner),
          ...(externalId && { externalId: await externalId() }),
        })
        await credentials()
      },
    },
    {
      title: `partner sends "${body}" to orders.fifo in home`,
      async run() {
        const edge = createEdge({
          queueUrl: orders.queueUrl,
          client: new SQSClient({ ...accounts.partner, credentials }),
        })
        const message = createMessage({ type: 'order', body })
        trackingId = message.trackingId
        sentAt = new Date()
        await edge.send([message])
      },
    },
    {
      title: "home's edge-trigger runs, forwards to answers.fifo in partner",
      log: home,
      async run() {
        const entry = { message: 'message forwarded', trackingId }
        const forwarded = await waitForLog(sandbox, { ...home, since: sentAt, entry, signal })
        forwardedAs = forwarded.as
      },
    },
    {
      title: `partner's edge-trigger runs and prints "${body}"`,
      log: partner,
      async run() {
        const entry = { message: 'message received', trackingId: forwardedAs, body }
        await waitForLog(sandbox, { ...partner, since: sentAt, entry, signal })
      },
    },
  ]
}
