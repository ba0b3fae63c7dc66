import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { kinesisClient } from '@causeway-aws/readers/kinesis'
import { remembering } from './aws-request.ts'
import { UsageError } from './exit.ts'
import { clientOptionsOf, type Reader, readerOf } from './reader-identity.ts'
import type { ReaderFlags } from './reader-options.ts'
import { clientLimits } from './request-limits.ts'

/** A stream as a person named it, or its grant does. */
export interface StreamFlags extends ReaderFlags {
  stream?: string
}

/** A stream, and a client to read it with. */
export interface Stream {
  readonly client: KinesisClient
  /** Its ARN, or its name where it is the caller's own. */
  readonly stream: string
  readonly reader: Reader
}

/** Makes a client that is whom the flags say. */
export async function openKinesis(flags: StreamFlags): Promise<Pick<Stream, 'client' | 'reader'>> {
  const reader = await readerOf(flags, ({ stream }) => regionOf(flags.stream ?? stream))
  const client = remembering(kinesisClient({ ...clientOptionsOf(reader), ...clientLimits }))
  // What is wrong with these is said before anything is begun.
  await client.config.region()
  await client.config.credentials()
  return { client, reader }
}

/** Makes such a client, and finds out what stream is meant. */
export async function openStream(flags: StreamFlags): Promise<Stream> {
  const { client, reader } = await openKinesis(flags)
  const named = flags.stream ?? reader.grant.stream
  if (named === undefined)
    throw new UsageError('--stream: say which stream, by its name or ARN. Example: --stream orders')
  return { client, reader, stream: arnOf(named, reader.roleArn, await client.config.region()) }
}

const regionOf = (stream = ''): string | undefined => /^arn:aws[\w-]*:kinesis:([\w-]+):/.exec(stream)?.[1]

/** A name alone would be the same in every account, and so would the checkpoints of two of them. */
function arnOf(stream: string, roleArn: string | undefined, region: string): string {
  const [, partition, account] = /^arn:(aws[\w-]*):iam::(\d{12}):/.exec(roleArn ?? '') ?? []
  return stream.startsWith('arn:') || account === undefined
    ? stream
    : `arn:${partition}:kinesis:${region}:${account}:stream/${stream}`
}
