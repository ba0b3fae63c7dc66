import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { KMSClient } from '@aws-sdk/client-kms'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
import type { AuditRecord } from '@causeway-aws/edge'
import { type AuditFinding, type AuditStore, type AuditTotals, signingKey, verifyAudit } from '@causeway-aws/edge/audit'
import { clientOptions, type Sandbox } from '@causeway-aws/sandbox'
import { expect } from 'vitest'
import { all } from '../../e2e/audit-trail.ts'
import { root } from '../../sandbox.ts'

/** The audit of a run, and how it is looked at. */
export interface NodeAudit {
  readonly store: AuditStore
  readonly keyArn: string
  /** Has a digest signed, as its schedule does. */
  digest(): Promise<void>
  /** What is wrong with it, and what was verified. */
  verify(): Promise<{ findings: AuditFinding[]; totals: AuditTotals | undefined }>
  /** All that is in it, read without our own code. */
  records(): Promise<AuditRecord[]>
}

/** Deploys an audit to home. */
export async function deployAudit(sandbox: Sandbox, name: string): Promise<NodeAudit> {
  const { outputs } = await sandbox.deploy({
    account: 'home',
    stack: `${name}-audit`,
    template: join(root, 'infra/audit.yaml'),
    parameters: { AuditName: name, RetentionMode: 'GOVERNANCE', RetentionDays: '1' },
  })
  const { BucketName: bucket = '', KeyArn: keyArn = '', SigningKeyArn = '', FunctionName } = outputs
  const home = clientOptions(await sandbox.credentials('home'))
  const client = new S3Client(home)
  const lambda = new LambdaClient(home)
  const store = { client, bucket }
  return {
    store,
    keyArn,
    async digest() {
      const { FunctionError, Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{}' }))
      expect(FunctionError, Buffer.from(Payload ?? []).toString()).toBeUndefined()
    },
    async verify() {
      let totals: AuditTotals | undefined
      const publicKeys = [await signingKey(new KMSClient(home), SigningKeyArn)]
      const onProgress = (now: AuditTotals) => {
        totals = now
      }
      const findings = await all(verifyAudit({ ...store, publicKeys, onProgress }))
      return { findings, totals }
    },
    async records() {
      const records: AuditRecord[] = []
      for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: 'records/' })) {
        for (const { Key } of Contents) {
          const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }))
          const [, ...lines] = linesOf((await Body?.transformToByteArray()) ?? Buffer.of())
          records.push(...lines.map((line) => JSON.parse(line)))
        }
      }
      return records
    },
  }
}

/** The lines of an object of records: a header, then the records. */
export function linesOf(object: Uint8Array): string[] {
  return gunzipSync(object).toString().trimEnd().split('\n')
}
