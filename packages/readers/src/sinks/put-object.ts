// What a bucket for failures needs of S3, loaded when it is first used. Nothing of ours may be in here, or a bundle would hold it twice.
export { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
