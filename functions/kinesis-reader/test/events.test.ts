import { kinesisEvent } from '@causeway-aws/readers'
import * as v from 'valibot'
import { expect, it } from 'vitest'
import event from '../events/kinesis.json' with { type: 'json' }

it('has an event as the mapping brings it', () => {
  expect(v.parse(kinesisEvent, event).Records).toHaveLength(2)
})
