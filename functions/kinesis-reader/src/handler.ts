import { clientDefaults, text } from '@causeway-aws/handler'
import { deliverKinesisEvent, kinesisClient, kinesisEvent, kinesisSource } from '@causeway-aws/readers'
import { byPartition, countFailure, createReaderHandler, ReaderEventError } from '@causeway-aws/readers/function'
import * as v from 'valibot'

/** Reads a stream, and sends each record to an edge. */
export const handler = createReaderHandler({
  name: 'kinesis-reader',
  configuration: {
    stream: text({ example: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders' }),
    /** Without it, '', its shards are polled. */
    consumer: text({
      example: 'arn:aws:kinesis:eu-west-1:222222222222:stream/orders/consumer/reader:1764000000',
      default: '',
    }),
  },
  drainable: ({ stream, consumer }, client) =>
    byPartition(
      kinesisSource({
        stream,
        idle: 500,
        client: kinesisClient({ ...clientDefaults, ...client }),
        ...(consumer !== '' && { fanOut: { consumerArn: consumer } }),
      }),
    ),
  async mapped(event, { delivery }, { signal, logger, metrics }) {
    if (!v.is(kinesisEvent, event)) throw new ReaderEventError('it is no plan, no work item and no records of Kinesis')
    return deliverKinesisEvent(event, delivery, signal, (error) => {
      logger.error('records are not done', error as Error)
      countFailure({ metrics })
    })
  },
})
