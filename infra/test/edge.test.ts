import { join } from 'node:path'
import { expect, it } from 'vitest'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { resourcesOf, type Template } from '../rules/template.ts'
import { variants } from '../rules/variants.ts'

const { body } = await readTemplate(join(import.meta.dirname, '../edge.yaml'))
const template = body as unknown as Template

it('keeps a large body as long as its message may be on the edge and among the dead letters, and be redriven once', () => {
  const days = resourcesOf(template, 'AWS::SQS::Queue').map(
    ([, queue]) => Number(queue.MessageRetentionPeriod) / 86_400,
  )
  const [[, bodies] = []] = resourcesOf(template, 'AWS::S3::Bucket')
  expect(days).toEqual([14, 14])
  expect(bodies?.LifecycleConfiguration).toMatchObject({
    Rules: [{ Status: 'Enabled', ExpirationInDays: 2 * (14 + 14) + 1 }],
  })
})

/** The trigger takes ten messages at a time, and the last of a group comes with the first as often as that is run. */
it('leaves every message of a group its runs before SQS gives it up unrun', () => {
  const attempts = Number(template.Parameters?.MaxAttempts?.MaxValue)
  const [[, trigger] = []] = resourcesOf(template, 'AWS::Lambda::EventSourceMapping')
  const policies = resourcesOf(template, 'AWS::SQS::Queue').flatMap(([, queue]) =>
    variants(queue.RedrivePolicy ?? null),
  )
  expect(Number(trigger?.BatchSize) * attempts).toBeLessThanOrEqual(1_000)
  expect(policies).toEqual([expect.objectContaining({ maxReceiveCount: 1_000 }), undefined, null])
})
