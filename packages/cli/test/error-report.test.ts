import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { RecordError } from '@causeway-aws/readers/reading'
import { expect, it } from 'vitest'
import { remembering } from '../src/aws-request.ts'
import { reportError } from '../src/error-report.ts'
import type { Terminal } from '../src/terminal.ts'

/** What is said when S3 refuses an object with this message. */
async function saidOf(message: string, version?: string): Promise<string> {
  const server = createServer((_, answer) => {
    answer.writeHead(403, { 'content-type': 'application/xml' })
    answer.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' }
  const client = remembering(new S3Client({ region: 'us-east-1', endpoint, forcePathStyle: true, credentials }))
  const lines: string[] = []
  try {
    await client.send(new GetObjectCommand({ Bucket: 'audit', Key: 'key', VersionId: version }))
  } catch (error) {
    reportError(error, undefined, { note: (line: string) => lines.push(line) } as unknown as Terminal)
  } finally {
    client.destroy()
    server.close()
  }
  return lines.join('\n')
}

const user = 'User: arn:aws:iam::111111111111:user/reader is not authorized to perform:'
const key = 'arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab'

it('says which action is missing to read an object, or a version of it', async () => {
  const advice = /^s3:GetObject on s3:\/\/audit\/key failed: .* You need s3:GetObject on it: from your own policies/
  expect(await saidOf('Access Denied')).toMatch(advice)
  expect(await saidOf('Access Denied', '1')).toMatch(/^s3:GetObjectVersion on .* You need s3:GetObjectVersion on it:/)
})

it('says that the key of an object is what is missing', async () => {
  const because = 'because no identity-based policy allows the kms:Decrypt action'
  expect(await saidOf(`${user} kms:Decrypt on resource: ${key} ${because}`)).toContain(
    `You need kms:Decrypt on ${key}: from`,
  )
  expect(await saidOf(`${user} kms:Decrypt on the resource associated with this ciphertext`)).toContain(
    'You need kms:Decrypt on the KMS key of the object: from',
  )
})

it('says of a record that fails which flag sends such records elsewhere', () => {
  const lines: string[] = []
  const error = new RecordError('shard-0', '7', new SyntaxError('what the record holds'))
  expect(reportError(error, undefined, { note: (line: string) => lines.push(line) } as unknown as Terminal)).toBe(1)
  expect(lines).toEqual([
    'The record at 7 of shard-0 fails (SyntaxError), and reading has ended before it. --errors-to sends such records elsewhere, and goes on.',
  ])
})
