/** A stream, as requests name it: by its ARN where it may be another account's. */
export type StreamName = { readonly StreamARN: string } | { readonly StreamName: string }

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StreamDescription.html */
export const streamPattern: RegExp = /^(arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/)?[\w.-]{1,128}$/

export function streamName(stream: string): StreamName {
  return stream.startsWith('arn:') ? { StreamARN: stream } : { StreamName: stream }
}

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Consumer.html */
export const consumerPattern: RegExp =
  /^arn:aws[a-z-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/[\w.-]{1,128}\/consumer\/[\w.-]{1,128}:\d+$/

/** Whether a consumer is one of a stream, which may go by its name. */
export const isOfStream = (consumerArn: string, stream: string): boolean =>
  consumerArn.slice(stream.startsWith('arn:') ? 0 : consumerArn.indexOf('/') + 1).startsWith(`${stream}/consumer/`)
