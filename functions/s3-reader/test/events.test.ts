import { objectsIn } from '@causeway-aws/readers'
import { expect, it } from 'vitest'
import event from '../events/notification.json' with { type: 'json' }
import item from '../events/work-item.json' with { type: 'json' }

it('has a notification as S3 sends it, and the work item that it becomes', () => {
  const scope = { bucket: 'partner-demo-exports', prefix: 'orders/', versions: false }
  const named = event.Records.flatMap(({ body }) => objectsIn(body, scope) ?? [])
  const items = item.Records.map(({ body }) => JSON.parse(body).partition)
  expect(named.map(({ id }) => id)).toEqual(items)
})
