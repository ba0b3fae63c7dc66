import type { GrantedResource, GrantRequest } from '@causeway-aws/grants'
import { type Command, Option } from 'commander'
import { UsageError } from '../exit.ts'

/** The flags that say what is granted. */
export interface ResourceFlags {
  edge?: string
  stream?: string
  bucket?: string
  topic?: string
  key?: string
  prefix?: string
  versions?: boolean
  bodiesBucket?: string
  bodiesPrefix?: string
  cluster?: string
  group?: string
  action?: string[]
}

/** Adds them to a command. */
export function addResourceOptions(command: Command): Command {
  return command
    .optionsGroup('What (one of the four):')
    .option('--edge <arn>', 'an edge: the ARN of its queue; with --key')
    .option('--stream <arn>', 'a Kinesis stream')
    .option('--bucket <name>', 'a bucket; with --owner')
    .option('--topic <name>', 'a topic; with --cluster and --group')
    .optionsGroup('What belongs to it:')
    .option('--key <arn>', 'the KMS key that encrypts it, where that is none of AWS')
    .option('--prefix <prefix>', 'of a bucket: what the keys begin with, up to a slash (default: the whole bucket)')
    .option('--versions', 'of a bucket: versions too, older ones among them')
    .option('--bodies-bucket <name>', 'of an edge: where bodies are that are too large for a message')
    .option('--bodies-prefix <prefix>', 'their prefix, up to a slash')
    .option('--cluster <arn>', 'of a topic: its MSK cluster')
    .option('--group <name>', 'of a topic: the consumer group that it is read in')
    .optionsGroup('What may be done:')
    .addOption(
      new Option('--action <actions...>', 'send or receive for an edge, read for the others (default: read)').choices([
        'send',
        'receive',
        'read',
      ]),
    )
}

/** What the flags say. What is wrong in it is refused where the grant is made. */
export function resourceOf(flags: ResourceFlags): Pick<GrantRequest, 'actions' | 'resource'> {
  const { edge, stream, bucket, topic } = flags
  const given = [edge, stream, bucket, topic].filter((name) => name !== undefined)
  if (given.length !== 1) {
    throw new UsageError('grant create: say what is granted, by one of --edge, --stream, --bucket and --topic.')
  }
  const resource = edgeOf(flags) ?? streamOf(flags) ?? prefixOf(flags) ?? topicOf(flags)
  if (resource === undefined) throw new UsageError('grant create: --topic needs --cluster and --group, too.')
  const actions = flags.action ?? (resource.kind === 'edge' ? [] : ['read'])
  if (actions.length === 0) throw new UsageError('grant create: --edge needs --action send or --action receive.')
  return { resource, actions }
}

function edgeOf({ edge, key, bodiesBucket, bodiesPrefix }: ResourceFlags): GrantedResource | undefined {
  if (edge === undefined) return undefined
  if (key === undefined) {
    throw new UsageError(
      'grant create: --edge needs --key, too: a right to the queue alone sends and receives nothing.',
    )
  }
  if ((bodiesBucket === undefined) !== (bodiesPrefix === undefined)) {
    throw new UsageError('grant create: --bodies-bucket and --bodies-prefix belong together.')
  }
  const bodies = bodiesBucket !== undefined &&
    bodiesPrefix !== undefined && { bucket: bodiesBucket, prefix: bodiesPrefix }
  return { kind: 'edge', queueArn: edge, keyArn: key, ...(bodies && { bodies }) }
}

function streamOf({ stream, key }: ResourceFlags): GrantedResource | undefined {
  return stream === undefined ? undefined : { kind: 'stream', streamArn: stream, ...(key && { keyArn: key }) }
}

function prefixOf({ bucket, prefix = '', key, versions }: ResourceFlags): GrantedResource | undefined {
  if (bucket === undefined) return undefined
  return { kind: 'prefix', bucket, prefix, ...(key && { keyArn: key }), ...(versions && { versions }) }
}

function topicOf({ topic, cluster, group }: ResourceFlags): GrantedResource | undefined {
  if (topic === undefined || cluster === undefined || group === undefined) return undefined
  return { kind: 'topic', clusterArn: cluster, topic, group }
}
