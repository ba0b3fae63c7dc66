/**
 * A key as it is, of a list of S3 that was asked for with `EncodingType: 'url'`: S3 says it as a form would, since XML cannot
 * hold every character that a key can. Where the list says no `EncodingType`, as S3's likes may, it is as it is.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html (encoding-type)
 *
 * @example
 * ```ts
 * import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3'
 * import { listedKey } from '@causeway-aws/edge'
 *
 * export async function keys(client: S3Client, bucket: string): Promise<string[]> {
 *   const page = await client.send(new ListObjectsV2Command({ Bucket: bucket, EncodingType: 'url' }))
 *   return (page.Contents ?? []).map(({ Key }) => listedKey(Key, page))
 * }
 * ```
 */
export const listedKey = (key = '', { EncodingType }: { readonly EncodingType?: string | undefined }): string =>
  EncodingType === 'url' ? decodeURIComponent(key.replaceAll('+', ' ')) : key
