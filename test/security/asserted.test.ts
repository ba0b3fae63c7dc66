import { GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam'
import { GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { PolicyDocument, PolicyStatement } from '@causeway-aws/auth'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { testSandbox } from '../sandbox.ts'
import { deployTestStacks, type TestStacks } from '../stacks.ts'

/*
 * What the emulator does not enforce is asserted here, on the policies as they were deployed, with AWS's page for each claim.
 * What it does enforce is tried, in refusals.test.ts.
 */
const sandbox = testSandbox()
let stacks: TestStacks
let options: ReturnType<typeof clientOptions>

beforeAll(async () => {
  stacks = await deployTestStacks(sandbox)
  options = clientOptions(await sandbox.credentials('home'))
})

const throughSqs = { StringEquals: { 'kms:ViaService': 'sqs.eu-central-2.amazonaws.com' } }

describe("asserted, not tried: the edge's key", () => {
  let statements: readonly PolicyStatement[]
  beforeAll(async () => {
    const { Policy = '' } = await new KMSClient(options).send(
      new GetKeyPolicyCommand({ KeyId: stacks.invoices.KeyArn, PolicyName: 'default' }),
    )
    statements = (JSON.parse(Policy) as PolicyDocument).Statement
  })

  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  it("lets the partner's named role make and read data keys, which a send to an encrypted queue needs", () => {
    const [partners, ...more] = statements.filter((statement) => JSON.stringify(statement).includes('222222222222'))
    expect(more).toEqual([])
    expect(partners).toMatchObject({
      Effect: 'Allow',
      Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
      Condition: {
        ArnLike: { 'aws:PrincipalArn': expect.arrayContaining(['arn:aws:iam::222222222222:role/invoices-sender']) },
      },
    })
  })

  // https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
  it('lets nobody of another account use it but through SQS', () => {
    for (const statement of statements) {
      if (!JSON.stringify(statement).includes('111111111111')) expect(statement.Condition).toMatchObject(throughSqs)
    }
  })
})

describe('asserted, not tried: the role that the partner assumes', () => {
  it("may send to this edge and use this edge's key through SQS, and nothing else", async () => {
    const { PolicyDocument = '' } = await new IAMClient(options).send(
      new GetRolePolicyCommand({ RoleName: 'causeway-invoices-sender', PolicyName: 'send' }),
    )
    const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument)) as PolicyDocument
    expect(Statement).toMatchObject([
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: stacks.invoices.QueueArn },
      {
        Effect: 'Allow',
        Action: ['kms:GenerateDataKey', 'kms:Decrypt'],
        Resource: stacks.invoices.KeyArn,
        Condition: throughSqs,
      },
    ])
    expect(Statement).toHaveLength(2)
  })
})

describe("asserted, not tried: the function's role", () => {
  it('names each resource that it reaches', async () => {
    const { PolicyDocument = '' } = await new IAMClient(options).send(
      new GetRolePolicyCommand({ RoleName: 'causeway-invoices-trigger', PolicyName: 'run' }),
    )
    const { Statement } = JSON.parse(decodeURIComponent(PolicyDocument)) as PolicyDocument
    const resources = new Set(Statement.flatMap(({ Resource }) => Resource))
    const logs = [...resources].filter((resource) => resource.includes(':logs:'))
    expect(logs).toEqual([expect.stringContaining('log-group:/aws/lambda/causeway-invoices-trigger')])
    const { invoices, receipts } = stacks
    expect(resources).toEqual(
      new Set([...logs, invoices.QueueArn, invoices.KeyArn, receipts.QueueArn, receipts.KeyArn]),
    )
  })
})

describe("asserted, not tried: the edge's policy", () => {
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
  it('denies plain HTTP to everybody, but on loopback, where only an emulator can be', async () => {
    const { Attributes } = await new SQSClient(options).send(
      new GetQueueAttributesCommand({ QueueUrl: stacks.invoices.QueueUrl, AttributeNames: ['Policy'] }),
    )
    const { Statement } = JSON.parse(Attributes?.Policy ?? '') as PolicyDocument
    expect(Statement).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Principal: '*',
        Action: 'sqs:*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' }, NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
      }),
    )
  })
})
