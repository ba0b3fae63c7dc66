import { CreateStreamCommand, PutRecordCommand, ResourceInUseException } from '@aws-sdk/client-kinesis'
import { kinesisClient, recordMessage } from '@causeway-aws/readers'
import { accountIds } from '@causeway-aws/sandbox'
import type { Flow } from './flow.ts'
import { sharedDataSteps } from './shared-data.ts'

/** A stream of the partner, read by a function of home. */
export const partnerStream: Flow = {
  name: 'stream',
  title: "What is in the partner's Kinesis stream arrives as messages",
  steps(context) {
    const { partner } = context.accounts
    const client = kinesisClient(partner)
    const StreamName = 'demo-orders'
    const StreamArn = `arn:aws:kinesis:${partner.region}:${accountIds.partner}:stream/${StreamName}`
    const body = 'order 1008'
    return sharedDataSteps(context, {
      name: 'stream',
      what: 'a Kinesis stream',
      reader: 'kinesis-reader',
      async make() {
        await client.send(new CreateStreamCommand({ StreamName, ShardCount: 2 })).catch((error) => {
          if (!(error instanceof ResourceInUseException)) throw error // it is there already
        })
        return { shared: { StreamArn }, read: { StreamArn } }
      },
      body,
      putting: `puts "${body}" into it`,
      async put() {
        const key = 'customer-8'
        const command = new PutRecordCommand({ StreamName, PartitionKey: key, Data: Buffer.from(body) })
        const { ShardId = '', SequenceNumber = '' } = await client.send(command)
        const record = { position: SequenceNumber, key, data: Buffer.from(body) }
        return recordMessage(record, { source: StreamArn, partition: ShardId, type: 'order' })
      },
    })
  },
}
