import { createLargeBodies, type LargeBodies, queueUrlSchema } from '@causeway-aws/edge'
import { type ConfigurationEntry, clientDefaults, json } from '@causeway-aws/handler'
import * as v from 'valibot'

/** `TARGET_BODIES`: URL of a target -> where the bodies go that are too large for it. What a place is, createLargeBodies says. */
export const targetBodies: ConfigurationEntry<Readonly<Record<string, LargeBodies>>> = json(
  v.pipe(
    v.record(
      queueUrlSchema,
      v.strictObject({
        bucket: v.string(),
        prefix: v.string(),
        bucketOwner: v.string(),
        region: v.optional(v.string()),
      }),
    ),
    v.description('a JSON object of places by queue URL'),
    v.examples([
      {
        'https://sqs.eu-west-1.amazonaws.com/222222222222/orders.fifo': {
          bucket: 'orders-bodies',
          prefix: 'orders/',
          bucketOwner: '222222222222',
        },
      },
    ]),
    v.transform((places) =>
      Object.fromEntries(
        Object.entries(places).map(([queueUrl, { region, ...place }]) => [
          queueUrl,
          createLargeBodies({ ...place, client: { ...clientDefaults, ...(region !== undefined && { region }) } }),
        ]),
      ),
    ),
  ),
)
