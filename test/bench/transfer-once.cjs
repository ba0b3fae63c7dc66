// What one writes by hand, and no more, against the S3 of AWS_ENDPOINT_URL_S3:
//   node transfer-once.cjs download BUCKET KEY          reads an object, and throws it away
//   node transfer-once.cjs upload BUCKET KEY FILE       compresses a file into an object
const [, , verb, Bucket, Key, file] = process.argv

async function download() {
  const { GetObjectCommand, S3Client } = require('@aws-sdk/client-s3')
  const { Body } = await new S3Client().send(new GetObjectCommand({ Bucket, Key }))
  for await (const _ of Body);
}

async function upload() {
  const { createReadStream } = require('node:fs')
  const { createGzip } = require('node:zlib')
  const { S3Client } = require('@aws-sdk/client-s3')
  const { Upload } = require('@aws-sdk/lib-storage')
  const Body = createReadStream(file).pipe(createGzip())
  await new Upload({ client: new S3Client(), params: { Bucket, Key, Body } }).done()
}

void { download, upload }[verb]()
