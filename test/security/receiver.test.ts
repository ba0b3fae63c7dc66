import { join } from 'node:path'
import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam'
import { GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'

/*
 * What partner/receiver.yaml gives the partner's function on an edge of ours, with all that it can be asked for. As in
 * asserted.test.ts each policy is compared whole, because the emulator does not enforce all of it.
 */
const sandbox = testSandbox()
const edge = {
  EdgeQueueArn: 'arn:aws:sqs:eu-central-2:111111111111:asserted.fifo',
  EdgeKeyArn: 'arn:aws:kms:eu-central-2:111111111111:key/of-the-edge',
  BodiesBucketName: 'bodies-of-the-edge',
}
const target = {
  TargetQueueArns: 'arn:aws:sqs:eu-central-2:333333333333:next.fifo',
  TargetKeyArns: 'arn:aws:kms:eu-central-2:333333333333:key/of-next',
  TargetBodyArns: 'arn:aws:s3:::bodies-of-next/next/*',
}
const audit = { AuditBucketName: 'the-audit', AuditKeyArn: 'arn:aws:kms:eu-central-2:222222222222:key/of-the-audit' }
const TableArns = 'arn:aws:dynamodb:eu-central-2:222222222222:table/orders'

let outputs: Record<string, string>
let iam: IAMClient
let sqs: SQSClient
let kms: KMSClient

beforeAll(async () => {
  const deployment = await sandbox.deploy({
    template: join(root, 'infra/partner/receiver.yaml'),
    account: 'partner',
    stack: 'asserted-receiver',
    parameters: { EdgeName: 'asserted', TriggerEnabled: 'false', ...edge, ...target, ...audit, TableArns },
  })
  outputs = deployment.outputs
  const options = clientOptions(await sandbox.credentials('partner'))
  iam = new IAMClient(options)
  sqs = new SQSClient(options)
  kms = new KMSClient(options)
})

const RoleName = 'causeway-asserted-receiver'
const ofPartner = (service: string, name: string) => `arn:aws:${service}:eu-central-2:222222222222:${name}`
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })
const allow = (Sid: string, Action: string | string[], Resource: string | string[], Condition?: object) => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})

// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
const through = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.eu-central-2.amazonaws.com` } })
const throughAnyRegions = (service: string) => ({ StringLike: { 'kms:ViaService': `${service}.*.amazonaws.com` } })

async function deadLetterQueue() {
  const { DeadLetterQueueUrl: QueueUrl } = outputs
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  return Attributes ?? {}
}

describe("asserted, not tried: the role of a partner's function on our edge", () => {
  it('is for Lambda', async () => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
    expect(JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))).toEqual(
      document({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    )
  })

  it('may receive from that edge, and use what is its own or was named, each for one thing, and nothing else', async () => {
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName }))).PolicyNames).toEqual(['run'])
    const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'run' }))
    const { KmsMasterKeyId = '' } = await deadLetterQueue()
    expect(JSON.parse(decodeURIComponent(PolicyDocument ?? ''))).toEqual(
      document(
        allow(
          'Log',
          ['logs:CreateLogStream', 'logs:PutLogEvents'],
          ofPartner('logs', `log-group:/aws/lambda/${RoleName}:*`),
        ),
        allow(
          'ReceiveFromEdge',
          ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
          edge.EdgeQueueArn,
        ),
        allow('DecryptThroughSqs', 'kms:Decrypt', edge.EdgeKeyArn, through('sqs')),
        allow('GiveUp', 'sqs:SendMessage', ofPartner('sqs', 'asserted-receiver-dead.fifo')),
        allow('GiveUpThroughSqs', ['kms:Decrypt', 'kms:GenerateDataKey'], KmsMasterKeyId, through('sqs')),
        allow('ReadLargeBodies', 's3:GetObject', 'arn:aws:s3:::bodies-of-the-edge/asserted/*'),
        allow('DecryptLargeBodies', 'kms:Decrypt', edge.EdgeKeyArn, through('s3')),
        allow('Remember', 'dynamodb:UpdateItem', ofPartner('dynamodb', 'table/causeway-asserted-receiver-messages')),
        allow('WriteToTables', 'dynamodb:PutItem', [TableArns]),
        allow('Record', ['s3:PutObject', 's3:GetObject'], 'arn:aws:s3:::the-audit/records/*'),
        allow('EncryptRecords', ['kms:GenerateDataKey', 'kms:Decrypt'], audit.AuditKeyArn, through('s3')),
        allow('SendToTargets', 'sqs:SendMessage', [target.TargetQueueArns]),
        allow(
          'EncryptForTargetsThroughSqs',
          ['kms:GenerateDataKey', 'kms:Decrypt'],
          [target.TargetKeyArns],
          throughAnyRegions('sqs'),
        ),
        allow('StoreBodiesForTargets', ['s3:PutObject', 's3:AbortMultipartUpload'], [target.TargetBodyArns]),
        allow(
          'EncryptBodiesForTargetsThroughS3',
          ['kms:GenerateDataKey', 'kms:Decrypt'],
          [target.TargetKeyArns],
          throughAnyRegions('s3'),
        ),
      ),
    )
  })
})

describe("asserted, not tried: what a partner's function keeps of our messages", () => {
  it('is in a queue that no other account is let into, under a key of its own', async () => {
    const { Policy, KmsMasterKeyId } = await deadLetterQueue()
    expect(JSON.parse(Policy ?? '')).toEqual(
      document({
        Sid: 'NoPlainHttp',
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Resource: ofPartner('sqs', 'asserted-receiver-dead.fifo'),
        Condition: { Bool: { 'aws:SecureTransport': 'false' }, NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
      }),
    )
    expect(KmsMasterKeyId).toMatch(/^arn:aws:kms:eu-central-2:222222222222:key\//)
  })

  it('is under a key that serves its account and the log group of the function', async () => {
    const { KmsMasterKeyId: KeyId } = await deadLetterQueue()
    const { Policy = '' } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }))
    expect(JSON.parse(Policy)).toEqual(
      document(
        {
          Sid: 'AccountDecides',
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::222222222222:root' },
          Action: 'kms:*',
          Resource: '*',
        },
        {
          Sid: 'LogsOfTheFunction',
          Effect: 'Allow',
          Principal: { Service: 'logs.eu-central-2.amazonaws.com' },
          Action: [
            'kms:Encrypt',
            'kms:Decrypt',
            'kms:ReEncryptFrom',
            'kms:ReEncryptTo',
            'kms:GenerateDataKey',
            'kms:GenerateDataKeyWithoutPlaintext',
            'kms:DescribeKey',
          ],
          Resource: '*',
          Condition: {
            ArnEquals: {
              'kms:EncryptionContext:aws:logs:arn': ofPartner('logs', `log-group:/aws/lambda/${RoleName}`),
            },
          },
        },
      ),
    )
  })
})
