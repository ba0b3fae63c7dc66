import { SQSClient } from '@aws-sdk/client-sqs'
import { STSClient } from '@aws-sdk/client-sts'
import { assumedRole, type CredentialProvider, type Secret } from '@causeway-aws/auth'
import { createEdge, createMessage } from '@causeway-aws/edge'
import { crossing } from './crossing.ts'
import type { DemoContext, Step } from './flow.ts'

interface Sending {
  /** What the first line says. */
  assume: string
  roleArn: string
  /** Where the role wants one. */
  externalId?: Secret
  body: string
}

/** The partner assumes a role and sends a message to home's edge; it comes back to the partner's own edge by way of home's function. */
export function sendSteps(context: DemoContext, { assume, roleArn, externalId, body }: Sending): Step[] {
  const { stacks, accounts } = context
  const way = crossing(context)
  let credentials: CredentialProvider
  return [
    {
      title: assume,
      async run() {
        credentials = assumedRole({
          roleArn,
          sessionName: 'causeway-demo',
          sts: new STSClient(accounts.partner),
          ...(externalId && { externalId }),
        })
        await credentials()
      },
    },
    {
      title: `partner sends "${body}" to orders.fifo in home`,
      async run() {
        const edge = createEdge({
          queueUrl: stacks.orders.queueUrl,
          client: new SQSClient({ ...accounts.partner, credentials }),
        })
        const message = createMessage({ type: 'order', body })
        way.begin(message)
        await edge.send([message])
      },
    },
    way.forwarded(),
    way.printed(body),
  ]
}
