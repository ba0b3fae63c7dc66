import { join } from 'node:path'
import type { KMSClient } from '@aws-sdk/client-kms'
import { S3Client } from '@aws-sdk/client-s3'
import { createAudit } from '@causeway-aws/edge'
import { writeDigest } from '@causeway-aws/edge/audit'
import { createHandler } from '@causeway-aws/handler'
import { captureLog, lambdaContext } from '@causeway-aws/handler/testing'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeEach, describe, expect, it } from 'vitest'
// @boundaries-ignore the function's loop, with a signal and a client of the test's
import { digestUpToNow } from '../../functions/audit-digest/src/digest-up-to-now.ts'
// @boundaries-ignore how a template is read
import { readTemplate } from '../../packages/sandbox/src/template.ts'
import { root, testSandbox } from '../sandbox.ts'
import { replaceObjects, withLines } from './audit-mutation.ts'
import { entryOf, freshId, makeBucket, makeSigningKey, objectsOf } from './audit-trail.ts'

const sandbox = testSandbox()
const hour = 3_600_000

describe('the function that signs digests', () => {
  let options: ReturnType<typeof clientOptions>
  let store: { client: S3Client; bucket: string }
  let signer: { kms: KMSClient; keyId: string }

  beforeEach(async () => {
    options = clientOptions(await sandbox.credentials('home'))
    const client = new S3Client(options)
    store = { client, bucket: await makeBucket(client, { locked: false }) }
    signer = await makeSigningKey(options)
  })

  /** Writes a record as of so many hours ago. */
  async function recorded(hours: number): Promise<void> {
    const clock = { now: () => Date.now() - hours * hour }
    const audit = createAudit({ bucket: store.bucket, node: 'orders', client: options, clock, flushAfter: 0 })
    await audit.write(entryOf(freshId()))
  }

  /** What one invocation logs, and the metrics that it publishes. */
  async function invoked(client = store.client, signal?: AbortSignal) {
    const handler = createHandler({ name: 'audit-digest' }, (_: unknown, invocation) =>
      digestUpToNow({ ...store, client, ...signer }, { ...invocation, ...(signal && { signal }) }),
    )
    using log = captureLog()
    await handler({}, lambdaContext())
    const said = (message: string) => log.lines.filter((line) => line.message === message)
    return { said, metrics: log.lines.find((line) => 'AuditDigests' in line) as Published | undefined }
  }

  const digests = async () => (await objectsOf(store, 'digests/')).size

  it('signs as many as it takes up to now, and counts each', async () => {
    await recorded(5)
    const { said, metrics } = await invoked()
    const count = await digests()
    expect(count).toBeGreaterThan(2)
    expect(said('digest written').map(({ complete }) => complete)).toEqual([...Array(count - 1).fill(false), true])
    expect(metrics?.AuditDigests).toEqual(Array(count).fill(1))
    expect(metrics?.AuditFindings).toEqual(Array(count).fill(0))
  })

  it('signs no other when its time is over, and goes on in the next invocation', async () => {
    await recorded(5)
    const { metrics } = await invoked(store.client, AbortSignal.abort())
    expect(metrics?.AuditDigests).toBe(1)
    expect(await digests()).toBe(1)
    const { said } = await invoked()
    expect(said('digest written').at(-1)).toMatchObject({ complete: true })
  })

  it('logs and counts what is wrong', async () => {
    await recorded(0)
    const before = await objectsOf(store, 'records/')
    const changed = [...before].map(([key, body]) => [key, withLines(body, (lines) => [...lines, ...lines])] as const)
    await replaceObjects(store, before, new Map(changed))
    const { said, metrics } = await invoked()
    expect(said('audit finding')).toContainEqual(expect.objectContaining({ level: 'ERROR', kind: 'record-duplicated' }))
    expect(metrics?.AuditFindings).toBe(said('audit finding').length)
  })

  it('leaves it to another run that was faster, and counts nothing', async () => {
    const slow = new S3Client(options)
    slow.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'PutObjectCommand') await writeDigest({ ...store, ...signer })
          return next(args)
        },
      { step: 'initialize' },
    )
    const { said, metrics } = await invoked(slow)
    expect(said('another run wrote this digest')).toHaveLength(1)
    expect(metrics).toBeUndefined()
    expect(await digests()).toBe(1)
  })

  it('publishes the metrics that the alarms of infra/audit.yaml go by, under their names', async () => {
    const { metrics } = await invoked()
    const [published] = metrics?._aws.CloudWatchMetrics ?? []
    const { Resources } = (await readTemplate(join(root, 'infra/audit.yaml'))).body as unknown as Template
    const alarms = Object.values(Resources).flatMap(({ Type, Properties }) =>
      Type === 'AWS::CloudWatch::Alarm' && Properties.Namespace === published?.Namespace ? [Properties] : [],
    )
    expect(alarms.map(({ MetricName }) => MetricName)).toEqual(published?.Metrics.map(({ Name }) => Name))
    const service = Resources.Function?.Properties.Environment.Variables.POWERTOOLS_SERVICE_NAME
    expect(service).toBeDefined()
    expect(published?.Dimensions).toEqual([['service']])
    for (const { Dimensions } of alarms) expect(Dimensions).toEqual([{ Name: 'service', Value: service }])
  })
})

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
interface Published {
  readonly AuditDigests: number | number[]
  readonly AuditFindings: number | number[]
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string
      readonly Dimensions: readonly (readonly string[])[]
      readonly Metrics: readonly { readonly Name: string }[]
    }[]
  }
}

interface Template {
  // biome-ignore lint/suspicious/noExplicitAny: a template's properties
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties: any }>>
}
