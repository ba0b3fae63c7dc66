// Loaded when the first body is stored or read: what has no large bodies does not pay for S3's client. Nothing of ours
// may be in here, or a bundle would hold it twice.
export { AbortMultipartUploadCommand, GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
export { Upload } from '@aws-sdk/lib-storage'
