import { type ListObjectVersionsCommandInput, S3Client } from '@aws-sdk/client-s3'
import { expect, it } from 'vitest'
import { s3Source } from '../../src/index.ts'

const LastModified = new Date('2026-11-22T10:00:00Z')
const version = { VersionId: 'v', IsLatest: true, ETag: '"e"', Size: 1, LastModified }

/** What S3 answers of a bucket that keeps versions, as the sandbox does not: it says no encoding there. */
class Versioned extends S3Client {
  readonly asked: ListObjectVersionsCommandInput[] = []

  override send = async ({ input }: { input: ListObjectVersionsCommandInput }): Promise<object> => {
    this.asked.push(input)
    const Key = this.asked.length === 1 ? 'a+b%0D%2B' : '%C3%A9/%01'
    const more = this.asked.length === 1 && { IsTruncated: true, NextKeyMarker: Key, NextVersionIdMarker: 'v' }
    return { EncodingType: input.EncodingType, Versions: [{ ...version, Key }], ...more }
  }
}

it('A list of versions is asked for as a form has keys, and goes on after the key that is meant', async () => {
  const client = new Versioned({ region: 'eu-west-1' })
  const source = s3Source({ bucket: 'partner-exports', client, versions: true })
  const keys: string[] = []
  for await (const { key } of source.partitions(AbortSignal.timeout(10_000))) keys.push(key)
  expect(keys).toEqual(['a b\r+', 'é/\u0001'])
  expect(client.asked).toMatchObject([
    { EncodingType: 'url' },
    { EncodingType: 'url', KeyMarker: 'a b\r+', VersionIdMarker: 'v' },
  ])
})
