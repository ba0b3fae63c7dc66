import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { PurgeQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { PolicyDocument } from '@causeway-aws/auth'
import { iamPolicy } from '@causeway-aws/grants/apps'
import { accountIds, type ClientOptions } from '@causeway-aws/sandbox'
import { describe, expect, it } from 'vitest'
import { testVendor } from './vendor.ts'

const vendored = testVendor()
const { edge, app } = vendored

describe('the access matrix', () => {
  /** Each action on each resource, as any program tries it. The rows of a table are asserted on the policy. */
  const sqs = (options: ClientOptions) => new SQSClient(options)
  const s3 = (options: ClientOptions) => new S3Client(options)
  const onQueue = {
    'sqs:SendMessage': (options: ClientOptions, QueueUrl: string) =>
      sqs(options).send(new SendMessageCommand({ QueueUrl, MessageBody: 'order 1' })),
    'sqs:ReceiveMessage': (options: ClientOptions, QueueUrl: string) =>
      sqs(options).send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 0 })),
    'sqs:PurgeQueue': (options: ClientOptions, QueueUrl: string) =>
      sqs(options).send(new PurgeQueueCommand({ QueueUrl })),
  }
  const onPrefix = {
    's3:PutObject': (options: ClientOptions, prefix: string) =>
      s3(options).send(new PutObjectCommand({ Bucket: 'vended-bodies', Key: `${prefix}1`, Body: 'order 1' })),
    's3:GetObject': (options: ClientOptions, prefix: string) =>
      s3(options).send(new GetObjectCommand({ Bucket: 'vended-bodies', Key: `${prefix}1` })),
    's3:DeleteObject': (options: ClientOptions, prefix: string) =>
      s3(options).send(new DeleteObjectCommand({ Bucket: 'vended-bodies', Key: `${prefix}1` })),
  }

  it('holds in every cell: an app does what its record says, and nothing else', { timeout: 120_000 }, async () => {
    const { orders, invoices } = vendored.edges
    const keyArn = orders.keyArn
    const tableArn = `arn:aws:dynamodb:${vendored.home.region}:${accountIds.home}:table/tenants`
    const body = (prefix: string, access: 'send' | 'receive') => ({ bucket: 'vended-bodies', prefix, keyArn, access })
    const on = ({ queueArn, keyArn }: typeof orders, ...actions: ('send' | 'receive')[]) => ({
      queueArn,
      keyArn,
      actions,
    })
    const made = {
      sender: await app({ edges: [on(orders, 'send')], bodies: [body('orders/', 'send')] }),
      receiver: await app({ edges: [on(invoices, 'receive')], bodies: [body('invoices/', 'receive')] }),
      both: await app({
        edges: [on(orders, 'receive'), on(invoices, 'send')],
        bodies: [body('orders/', 'receive'), body('invoices/', 'send')],
        table: { tableArn, partitionKeys: ['both'], access: 'read' },
      }),
      'of rows': await app({ edges: [], table: { tableArn, partitionKeys: ['rows'], access: 'write' } }),
    }
    for (const Key of ['orders/1', 'invoices/1', 'others/1']) {
      await new S3Client(vendored.home).send(new PutObjectCommand({ Bucket: 'vended-bodies', Key, Body: 'order 1' }))
    }
    const others = await edge('others')
    const resources = [
      ...Object.entries({ orders, invoices, others }).map(([name, { url, queueArn }]) => ({
        name,
        at: url,
        arn: queueArn,
        uses: onQueue,
      })),
      ...['orders/', 'invoices/', 'others/'].map((prefix) => ({
        name: prefix,
        at: prefix,
        arn: `arn:aws:s3:::vended-bodies/${prefix}*`,
        uses: onPrefix,
      })),
    ]
    const count = { allowed: 0, refused: 0, asserted: 0 }
    const wrong: string[] = []
    for (const [who, { made: record, credentials }] of Object.entries(made)) {
      const { Statement } = iamPolicy(record) as PolicyDocument
      const options = { ...vendored.home, credentials: credentials() } as unknown as ClientOptions
      for (const { name, at, arn, uses } of resources) {
        for (const [action, use] of Object.entries(uses)) {
          const may = Statement.some(
            ({ Action, Resource }) => [Action].flat().includes(action) && [Resource].flat().includes(arn),
          )
          const did = await use(options, at).then(
            () => true,
            (error: Error) => {
              if (!/not authorized|Access Denied|AccessDenied/.test(`${error.name} ${error.message}`)) throw error
              return false
            },
          )
          count[did ? 'allowed' : 'refused'] += 1
          if (did !== may) wrong.push(`${who} ${action} ${name}: ${did}`)
        }
      }
      // A row's key is a condition that the emulator does not know:
      // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
      for (const key of ['both', 'rows', 'others']) {
        for (const action of ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Scan']) {
          const may = Statement.some(
            ({ Action, Condition }) =>
              [Action].flat().includes(action) &&
              [Condition?.['ForAllValues:StringEquals']?.['dynamodb:LeadingKeys']].flat().includes(key),
          )
          const should = record.table?.partitionKeys.includes(key) === true && action !== 'dynamodb:Scan'
          const writes = action === 'dynamodb:PutItem' && record.table?.access === 'read'
          count.asserted += 1
          if (may !== (should && !writes)) wrong.push(`${who} ${action} ${key}: ${may}`)
        }
      }
    }
    process.stdout.write(`access matrix: ${JSON.stringify(count)}\n`)
    expect(wrong).toEqual([])
    expect(count).toEqual({ allowed: 8, refused: 64, asserted: 36 })
  })
})
