import { kafkaEvent } from '@causeway-aws/readers'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import event from '../events/msk.json' with { type: 'json' }

it('has an event as the mapping brings it', () => {
  expect(Object.keys(v.parse(kafkaEvent, event).records)).toEqual(['demo-orders-0', 'demo-orders-2'])
})
