import { GetRoleCommand, GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam'
import { GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { deployTestStacks, externalIds, type TestStacks } from '../stacks.ts'

/*
 * What the emulator does not enforce is asserted here, on the policies as they were deployed, with AWS's page for each claim.
 * Each policy is compared whole: what it allows beyond this would be found nowhere else. What the emulator does enforce
 * is tried, in refusals.test.ts.
 */
const sandbox = testSandbox()
let stacks: TestStacks
let options: ReturnType<typeof clientOptions>
let iam: IAMClient

beforeAll(async () => {
  stacks = await deployTestStacks(sandbox)
  options = clientOptions(await sandbox.credentials('home'))
  iam = new IAMClient(options)
})

const home = 'arn:aws:iam::111111111111:root'
const partner = 'arn:aws:iam::222222222222:root'

// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
const throughSqs = { 'kms:ViaService': 'sqs.eu-central-2.amazonaws.com' }
const throughS3 = { 'kms:ViaService': 's3.eu-central-2.amazonaws.com' }
const throughBoth = { 'kms:ViaService': ['sqs.eu-central-2.amazonaws.com', 's3.eu-central-2.amazonaws.com'] }

/** The roles that an edge names, as AWS sees their sessions and as the emulator does. */
const onlySender = {
  'aws:PrincipalArn': [
    'arn:aws:iam::222222222222:role/invoices-sender',
    'arn:aws:sts::222222222222:assumed-role/invoices-sender/*',
  ],
}

const policy = (...Statement: object[]) => ({ Version: '2012-10-17', Statement })

async function queuePolicy(queueUrl: string | undefined): Promise<unknown> {
  const command = new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['Policy'] })
  const { Attributes } = await new SQSClient(options).send(command)
  return JSON.parse(Attributes?.Policy ?? '')
}

async function keyPolicy(KeyId: string | undefined): Promise<unknown> {
  const { Policy = '' } = await new KMSClient(options).send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }))
  return JSON.parse(Policy)
}

async function trustOf(RoleName: string): Promise<unknown> {
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }))
  return JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''))
}

/** Every policy that a role has, by name. */
async function policiesOf(RoleName: string): Promise<Record<string, unknown>> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }))
  const read = async (PolicyName: string) => {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))
    return [PolicyName, JSON.parse(decodeURIComponent(PolicyDocument))] as const
  }
  return Object.fromEntries(await Promise.all(PolicyNames.map(read)))
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
const noPlainHttp = (queueArn: string | undefined) => ({
  Sid: 'NoPlainHttp',
  Effect: 'Deny',
  Principal: '*',
  Action: 'sqs:*',
  Resource: queueArn,
  Condition: { Bool: { 'aws:SecureTransport': 'false' }, NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
})

// https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
const accountDecides = {
  Sid: 'AccountDecides',
  Effect: 'Allow',
  Principal: { AWS: home },
  Action: 'kms:*',
  Resource: '*',
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
const logsOf = (functionName: string) => ({
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
      'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:eu-central-2:111111111111:log-group:/aws/lambda/${functionName}`,
    },
  },
})

describe("asserted, not tried: the edge's policy", () => {
  it('lets the named role of the partner send and nothing else, and nobody by plain HTTP but on loopback', async () => {
    const { QueueUrl, QueueArn } = stacks.invoices
    expect(await queuePolicy(QueueUrl)).toEqual(
      policy(noPlainHttp(QueueArn), {
        Sid: 'NamedSenders',
        Effect: 'Allow',
        Principal: { AWS: partner },
        Action: 'sqs:SendMessage',
        Resource: QueueArn,
        Condition: { ArnLike: onlySender },
      }),
    )
  })

  it('lets nobody of another account in where none is named', async () => {
    const { QueueUrl, QueueArn } = stacks.readings
    expect(await queuePolicy(QueueUrl)).toEqual(policy(noPlainHttp(QueueArn)))
  })

  it('lets nobody at its dead letters by plain HTTP but on loopback', async () => {
    const { QueueArn, DeadLetterQueueUrl } = stacks.invoices
    const deadLetters = QueueArn?.replace(/[^:]+$/, DeadLetterQueueUrl?.split('/').at(-1) ?? '')
    expect(await queuePolicy(DeadLetterQueueUrl)).toEqual(policy(noPlainHttp(deadLetters)))
  })
})

describe("asserted, not tried: the edge's key", () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  it('serves its account, the named role of the partner through SQS and S3, and the log group of its function', async () => {
    expect(await keyPolicy(stacks.invoices.KeyArn)).toEqual(
      policy(
        accountDecides,
        {
          Sid: 'NamedSendersThroughSqsAndS3',
          Effect: 'Allow',
          Principal: { AWS: partner },
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: '*',
          Condition: { StringEquals: throughBoth, ArnLike: onlySender },
        },
        logsOf('causeway-invoices-trigger'),
      ),
    )
  })

  it('serves nobody of another account where none is named', async () => {
    expect(await keyPolicy(stacks.readings.KeyArn)).toEqual(policy(accountDecides, logsOf('causeway-readings-trigger')))
  })
})

describe("asserted, and tried in named.test.ts: the bucket of an edge's large bodies", () => {
  it('lets the named role of the partner store below the prefix of the edge, and nothing else', async () => {
    const { BodiesBucketName: Bucket = '' } = stacks.invoices
    const { Policy = '' } = await new S3Client({ ...options, forcePathStyle: true }).send(
      new GetBucketPolicyCommand({ Bucket }),
    )
    const arn = `arn:aws:s3:::${Bucket}`
    expect(JSON.parse(Policy)).toEqual(
      policy(
        { ...noPlainHttp(undefined), Action: 's3:*', Resource: [arn, `${arn}/*`] },
        {
          Sid: 'NamedSenders',
          Effect: 'Allow',
          Principal: { AWS: partner },
          Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
          Resource: `${arn}/invoices/*`,
          Condition: { ArnLike: onlySender },
        },
      ),
    )
  })
})

describe('asserted, not tried: the role that the partner assumes', () => {
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
  it('is for the partner with one of the two ExternalIds', async () => {
    expect(await trustOf('causeway-invoices-sender')).toEqual(
      policy({
        Sid: 'PartnerWithExternalId',
        Effect: 'Allow',
        Principal: { AWS: partner },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': externalIds } },
      }),
    )
  })

  it('may send to this edge, store its large bodies and use its key for both, and nothing else', async () => {
    const { QueueArn, KeyArn, BodiesBucketName } = stacks.invoices
    expect(await policiesOf('causeway-invoices-sender')).toEqual({
      send: policy(
        { Sid: 'SendToEdge', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: QueueArn },
        {
          Sid: 'StoreLargeBodies',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
          Resource: `arn:aws:s3:::${BodiesBucketName}/invoices/*`,
        },
        {
          Sid: 'EncryptThroughSqsAndS3',
          Effect: 'Allow',
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: KeyArn,
          Condition: { StringEquals: throughBoth },
        },
      ),
    })
  })
})

describe("asserted, not tried: the function's role", () => {
  it('is for Lambda', async () => {
    expect(await trustOf('causeway-invoices-trigger')).toEqual(
      policy({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    )
  })

  it('may write its log, receive from its edge, give up and remember messages and send to its target, and nothing else', async () => {
    const { invoices, receipts } = stacks
    expect(await policiesOf('causeway-invoices-trigger')).toEqual({
      run: policy(
        {
          Sid: 'Log',
          Effect: 'Allow',
          Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          Resource: 'arn:aws:logs:eu-central-2:111111111111:log-group:/aws/lambda/causeway-invoices-trigger:*',
        },
        {
          Sid: 'ReceiveFromEdge',
          Effect: 'Allow',
          Action: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility', 'sqs:GetQueueAttributes'],
          Resource: invoices.QueueArn,
        },
        {
          Sid: 'GiveUp',
          Effect: 'Allow',
          Action: 'sqs:SendMessage',
          Resource: 'arn:aws:sqs:eu-central-2:111111111111:invoices-dead.fifo',
        },
        {
          Sid: 'ReceiveAndGiveUpThroughSqs',
          Effect: 'Allow',
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Resource: invoices.KeyArn,
          Condition: { StringEquals: throughSqs },
        },
        {
          Sid: 'ReadLargeBodies',
          Effect: 'Allow',
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${invoices.BodiesBucketName}/invoices/*`,
        },
        {
          Sid: 'DecryptLargeBodies',
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: invoices.KeyArn,
          Condition: { StringEquals: throughS3 },
        },
        {
          Sid: 'Remember',
          Effect: 'Allow',
          Action: 'dynamodb:UpdateItem',
          Resource: 'arn:aws:dynamodb:eu-central-2:111111111111:table/causeway-invoices-messages',
        },
        { Sid: 'SendToTargets', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: [receipts.QueueArn] },
        {
          Sid: 'EncryptForTargetsThroughSqs',
          Effect: 'Allow',
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: [receipts.KeyArn],
          Condition: { StringLike: { 'kms:ViaService': 'sqs.*.amazonaws.com' } },
        },
        {
          Sid: 'StoreBodiesForTargets',
          Effect: 'Allow',
          Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
          Resource: [`arn:aws:s3:::${receipts.BodiesBucketName}/receipts/*`],
        },
        {
          Sid: 'EncryptBodiesForTargetsThroughS3',
          Effect: 'Allow',
          Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
          Resource: [receipts.KeyArn],
          Condition: { StringLike: { 'kms:ViaService': 's3.*.amazonaws.com' } },
        },
      ),
    })
  })
})
