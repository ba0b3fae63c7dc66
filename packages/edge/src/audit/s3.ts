// What an audit writer needs of S3's client, loaded with its first object: a function that keeps no audit never reads it.
export { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
