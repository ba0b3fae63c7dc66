import { join } from 'node:path'
import { CreateKeyCommand, GetKeyPolicyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  DeleteObjectCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { createAudit } from '@causeway-aws/edge'
import { type AuditTotals, signingKey, verifyAudit } from '@causeway-aws/edge/audit'
import { clientOptions } from '@causeway-aws/sandbox'
import { beforeAll, describe, expect, it } from 'vitest'
import { root, testSandbox } from '../sandbox.ts'
import { all, entryOf, freshId } from './audit-trail.ts'

const sandbox = testSandbox()

describe('infra/audit.yaml', () => {
  let outputs: Record<string, string>
  let options: ReturnType<typeof clientOptions>

  async function deploy(keys: { SigningKeyArn?: string; ReplacedSigningKeyArn?: string }) {
    const { outputs, leftOut } = await sandbox.deploy({
      account: 'home',
      stack: 'stack-audit',
      template: join(root, 'infra/audit.yaml'),
      parameters: {
        AuditName: 'stack',
        RetentionMode: 'GOVERNANCE',
        RetentionDays: '1',
        ExpireRecords: 'true',
        ...keys,
      },
    })
    expect(leftOut).toEqual([])
    return outputs
  }

  beforeAll(async () => {
    outputs = await deploy({})
    options = clientOptions(await sandbox.credentials('home'))
  })

  /** What the function answers. */
  async function signDigest(): Promise<string> {
    const invocation = new InvokeCommand({ FunctionName: outputs.FunctionName, Payload: '{}' })
    const { Payload } = await new LambdaClient(options).send(invocation)
    return Buffer.from(Payload ?? []).toString()
  }

  const bucket = () => outputs.BucketName ?? ''

  it('makes a bucket that takes records, and a function that signs a digest of them', async () => {
    const audit = createAudit({ bucket: bucket(), node: 'orders', client: options, bucketOwner: '111111111111' })
    await Promise.all([audit.write(entryOf(freshId())), audit.write(entryOf(freshId()))])
    for (const _ of [1, 2]) expect(await signDigest()).toBe('null')
    const publicKeys = [await signingKey(new KMSClient(options), outputs.SigningKeyArn ?? '')]
    let totals: AuditTotals | undefined
    const onProgress = (now: AuditTotals) => {
      totals = now
    }
    expect(await all(verifyAudit({ client: new S3Client(options), bucket: bucket(), publicKeys, onProgress }))).toEqual(
      [],
    )
    expect(totals).toMatchObject({ digests: 2, records: 2, notYetDigested: 0 })
  })

  it('lets nobody delete what is recorded: S3 refuses it, whoever asks', async () => {
    const s3 = new S3Client(options)
    const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket(), Prefix: 'records/' }))
    expect(Versions.length).toBeGreaterThan(0)
    for (const { Key, VersionId } of Versions) {
      const deletion = s3.send(new DeleteObjectCommand({ Bucket: bucket(), Key, VersionId }))
      await expect(deletion).rejects.toThrow('protected by object lock')
    }
  })

  it('lets records expire when their retention is over: the emulator deletes none by that, so the rules are read', async () => {
    const rules = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket() })
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-expire-general-considerations.html
    expect((await new S3Client(options).send(rules)).Rules).toEqual([
      {
        ID: 'expire',
        Filter: expect.anything(),
        Status: 'Enabled',
        Expiration: { Days: 1 },
        NoncurrentVersionExpiration: { NoncurrentDays: 1 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
      },
      {
        ID: 'delete-markers',
        Filter: expect.anything(),
        Status: 'Enabled',
        Expiration: { ExpiredObjectDeleteMarker: true },
      },
    ])
  })

  it('lets nobody but the function write a digest', async () => {
    const put = new PutObjectCommand({
      Bucket: bucket(),
      Key: 'digests/000000000009.json',
      Body: 'x',
      IfNoneMatch: '*',
    })
    await expect(new S3Client(options).send(put)).rejects.toThrow('explicit deny in a resource-based policy')
  })

  it('lets nobody store an object without asking whether it is there: the emulator does not know, so the policy is read', async () => {
    const { Policy = '' } = await new S3Client(options).send(new GetBucketPolicyCommand({ Bucket: bucket() }))
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    expect(JSON.parse(Policy).Statement).toContainEqual({
      Sid: 'NothingIsOverwritten',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:PutObject',
      Resource: `arn:aws:s3:::${bucket()}/*`,
      Condition: { Null: { 's3:if-none-match': 'true' }, NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
    })
  })

  it('lets nobody store what the function could not read: the emulator does not know, so the policy is read', async () => {
    const { Policy = '' } = await new S3Client(options).send(new GetBucketPolicyCommand({ Bucket: bucket() }))
    const denied = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: `arn:aws:s3:::${bucket()}/*` }
    // https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
    expect(JSON.parse(Policy).Statement).toEqual(
      expect.arrayContaining([
        {
          Sid: 'NothingIsArchived',
          ...denied,
          Condition: {
            Null: { 's3:x-amz-storage-class': 'false' },
            StringNotEquals: { 's3:x-amz-storage-class': 'STANDARD' },
          },
        },
        {
          Sid: 'NoKeyOfTheWriter',
          ...denied,
          Condition: { Null: { 's3:x-amz-server-side-encryption-customer-algorithm': 'false' } },
        },
        {
          Sid: 'OnlyTheKeyOfTheBucket',
          ...denied,
          Condition: { Null: { 's3:x-amz-server-side-encryption': 'false' } },
        },
      ]),
    )
  })

  it('lets nobody but the function sign', async () => {
    const sign = new SignCommand({
      KeyId: outputs.SigningKeyArn,
      Message: Buffer.from('a digest'),
      SigningAlgorithm: 'ECDSA_SHA_256',
    })
    await expect(new KMSClient(options).send(sign)).rejects.toThrow(/not authorized/)
  })

  it('signs with another key once it was replaced as docs/audit.md says', async () => {
    const kms = new KMSClient(options)
    const old = outputs.SigningKeyArn ?? ''
    const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId: old, PolicyName: 'default' }))
    const key = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Policy } as const
    const { KeyMetadata } = await kms.send(new CreateKeyCommand(key))
    const SigningKeyArn = KeyMetadata?.Arn ?? ''
    await deploy({ SigningKeyArn })
    expect(await signDigest()).toContain('is not signed by')
    outputs = await deploy({ SigningKeyArn, ReplacedSigningKeyArn: old })
    expect(outputs.SigningKeyArn).toBe(SigningKeyArn)
    expect(await signDigest()).toBe('null')
    await deploy({ SigningKeyArn })
    expect(await signDigest()).toBe('null')
    const publicKeys = await Promise.all([old, SigningKeyArn].map((arn) => signingKey(kms, arn)))
    expect(await all(verifyAudit({ client: new S3Client(options), bucket: bucket(), publicKeys }))).toEqual([])
  })
})
