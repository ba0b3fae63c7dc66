import { KMSClient } from '@aws-sdk/client-kms'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { DeleteObjectCommand, ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3'
import { signingKey } from '@causeway-aws/edge/audit'
import { printVerified } from '../commands/audit-verify.ts'
import type { DemoContext } from './flow.ts'
import { look } from './look.ts'

/** What home's administrator does with the audit of home. */
export interface HomeAudit {
  /** Has a digest signed now, and not when it is due. */
  digest(): Promise<void>
  /** Verifies what was recorded from the hour of `from` on, until lines are printed that say what is expected. */
  verify(wanted: { from: Date; expected: string; says: string }): Promise<readonly string[]>
  /** Deletes an object for good. */
  remove(key: string): Promise<unknown>
  /** Puts a delete marker over an object. Answers what takes it away again. */
  hide(key: string): Promise<() => Promise<void>>
}

export function homeAudit({ stacks, accounts: { home }, signal }: DemoContext): HomeAudit {
  const { bucket, functionName: FunctionName, signingKeyArn } = stacks.audits.home
  const s3 = new S3Client(home)
  return {
    async digest() {
      const { FunctionError, Payload } = await new LambdaClient(home).send(
        new InvokeCommand({ FunctionName, Payload: '{}' }),
      )
      if (FunctionError !== undefined) throw new Error(`${FunctionError}: ${Buffer.from(Payload ?? [])}`)
    },
    async verify({ from, expected, says }) {
      const publicKeys = [await signingKey(new KMSClient(home), signingKeyArn)]
      return look({
        expected: `audit verify to ${expected}`,
        signal,
        async once(_, terminal, printed) {
          await printVerified({ client: s3, bucket, from, publicKeys }, { json: false, terminal, signal })
          return printed.filter((line) => line.includes(says))
        },
      })
    },
    async remove(Key) {
      const { Versions = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: Key }))
      const [version] = Versions
      if (version === undefined) throw new Error(`Expected a version of ${Key}; there is none.`)
      return s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId: version.VersionId }))
    },
    async hide(Key) {
      const { VersionId } = await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }))
      // Without it the second deletion would put another marker there.
      if (VersionId === undefined) throw new Error('Expected S3 to answer the version of its delete marker.')
      return async () => void (await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId })))
    },
  }
}
