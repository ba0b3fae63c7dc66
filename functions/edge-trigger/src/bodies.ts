import { createLargeBodies, type LargeBodies, queueUrlSchema } from '@causeway-aws/edge'
import { type ConfigurationEntry, clientDefaults, json } from '@causeway-aws/handler'
import * as v from 'valibot'

/** Where large bodies are. What each of them has to be, createLargeBodies says. */
const place = v.strictObject({
  bucket: v.string(),
  prefix: v.string(),
  bucketOwner: v.string(),
  region: v.optional(v.string()),
})

const example = { bucket: 'orders-bodies', prefix: 'orders/', bucketOwner: '111111111111' }

function bodiesIn({ region, ...where }: v.InferOutput<typeof place>): LargeBodies {
  return createLargeBodies({ ...where, client: { ...clientDefaults, ...(region !== undefined && { region }) } })
}

/** `BODIES`: where the large bodies of the function's own edge are. */
export const bodies: ConfigurationEntry<LargeBodies> = json(
  v.pipe(place, v.description('the place of large bodies as JSON'), v.examples([example]), v.transform(bodiesIn)),
)

/** `TARGET_BODIES`: URL of a target -> where the bodies go that are too large for it. */
export const targetBodies: ConfigurationEntry<Readonly<Record<string, LargeBodies>>> = json(
  v.pipe(
    v.record(queueUrlSchema, place),
    v.description('places of large bodies by queue URL, as JSON'),
    v.examples([{ 'https://sqs.eu-west-1.amazonaws.com/111111111111/orders.fifo': example }]),
    v.transform((places) =>
      Object.fromEntries(Object.entries(places).map(([queueUrl, where]) => [queueUrl, bodiesIn(where)])),
    ),
  ),
)
