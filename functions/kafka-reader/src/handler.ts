import { integer, text } from '@causeway-aws/handler'
import { bootstrapBrokers, deliverKafkaEvent, kafkaClient, kafkaEvent, kafkaTopic } from '@causeway-aws/readers'
import { byMember, createReaderHandler, ReaderEventError } from '@causeway-aws/readers/function'
import * as v from 'valibot'
import { endpoints } from './endpoints.ts'

/** Reads a topic of an MSK cluster, and sends each record to an edge. */
export const handler = createReaderHandler({
  name: 'kafka-reader',
  configuration: {
    cluster: text({
      example: 'arn:aws:kafka:eu-west-1:222222222222:cluster/orders/1234abcd-12ab-34cd-56ef-1234567890ab-2',
    }),
    topic: text({ example: 'orders' }),
    groupId: text({ example: 'causeway-orders' }),
    /** Without them MSK is asked. */
    brokers: text({ example: 'b-1.orders.abc123.c2.kafka.eu-west-1.amazonaws.com:9098', default: '' }),
    endpoints,
    /** How many read side by side, each some of the partitions. */
    members: integer({ min: 1, max: 100, default: 1 }),
  },
  drainable({ cluster: clusterArn, topic, groupId, brokers, endpoints, members }, client) {
    const name = clusterArn.replace(':cluster/', ':topic/').concat('/', topic)
    const [, , , region = ''] = clusterArn.split(':')
    return byMember({
      name,
      members,
      async open() {
        const found =
          brokers === ''
            ? await bootstrapBrokers({ clusterArn, endpoints, client: { region, ...client } })
            : brokers.split(',')
        return kafkaTopic({
          client: kafkaClient({ region, ...client, brokers: found }),
          topic,
          groupId,
          name,
          idle: 500,
        })
      },
    })
  },
  async mapped(event, { delivery }, { signal }) {
    if (!v.is(kafkaEvent, event)) throw new ReaderEventError('it is no plan, no work item and no records of Kafka')
    return deliverKafkaEvent(event, delivery, signal)
  },
})
