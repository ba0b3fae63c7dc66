// What large bodies and an audit need of S3, loaded with the first of them: a node that has neither does not pay for it.
// Nothing of ours may be in here, or a bundle would hold it twice.
export {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
