import type { AppEdge, AppResources } from '@causeway-aws/grants/apps'
import type { Command } from 'commander'
import { UsageError } from '../exit.ts'

/** The flags that say what an app uses. */
export interface AppResourceFlags {
  send?: string[]
  receive?: string[]
  key?: string
  sendBodies?: string[]
  receiveBodies?: string[]
  bodiesKey?: string
  audit?: string
  auditKey?: string
  tableArn?: string
  partitionKey?: string[]
  mayWrite?: boolean
}

/** Adds them to a command. */
export function addAppResourceOptions(command: Command): Command {
  return command
    .optionsGroup('What it uses:')
    .option('--send <arns...>', 'queues of edges that it sends to')
    .option('--receive <arns...>', 'queues of edges that it receives from')
    .option('--key <arn>', 'the KMS key of those edges')
    .option('--send-bodies <urls...>', 'where it writes the bodies that are too large for an edge: s3://BUCKET/PREFIX/')
    .option('--receive-bodies <urls...>', 'where it reads such bodies: s3://BUCKET/PREFIX/')
    .option('--bodies-key <arn>', 'the KMS key of those buckets (default: --key)')
    .option('--audit <url>', 'where it writes its audit: s3://BUCKET/PREFIX/')
    .option('--audit-key <arn>', 'the KMS key of that bucket')
    .option('--table-arn <arn>', 'a table, of which it reads rows')
    .option('--partition-key <keys...>', 'the partition keys of those rows')
    .option('--may-write', 'it may write those rows, too')
}

/** What of it was said; of what was not, nothing. */
export function appResources(command: string, flags: AppResourceFlags): Partial<AppResources> {
  const needed = <Value>(flag: string, value: Value | undefined, what: string): Value => {
    if (value !== undefined) return value
    throw new UsageError(`${command}: ${flag} is missing, ${what}.`)
  }
  const { send, receive, key, sendBodies = [], receiveBodies = [], audit, tableArn } = flags
  const hasBodies = sendBodies.length + receiveBodies.length > 0
  for (const [flag, value, isOfUse, what] of [
    ['--key', key, send !== undefined || receive !== undefined || hasBodies, '--send or --receive'],
    ['--bodies-key', flags.bodiesKey, hasBodies, '--send-bodies or --receive-bodies'],
    ['--audit-key', flags.auditKey, audit !== undefined, '--audit'],
    ['--partition-key', flags.partitionKey, tableArn !== undefined, '--table-arn'],
    ['--may-write', flags.mayWrite, tableArn !== undefined, '--table-arn'],
  ] as const) {
    if (value !== undefined && !isOfUse) throw new UsageError(`${command}: ${flag} is of no use without ${what}.`)
  }
  const bodiesAt = (url: string, access: 'send' | 'receive') => ({
    ...placeOf(command, url),
    keyArn: needed('--bodies-key', flags.bodiesKey ?? key, 'the KMS key of the bucket of large bodies'),
    access,
  })
  const bodies = [
    ...sendBodies.map((url) => bodiesAt(url, 'send')),
    ...receiveBodies.map((url) => bodiesAt(url, 'receive')),
  ]
  return {
    ...((send ?? receive) && {
      edges: edgesOf(send, receive, needed('--key', key, 'the KMS key that encrypts the edges')),
    }),
    ...(hasBodies && { bodies }),
    ...(audit !== undefined && {
      audit: {
        ...placeOf(command, audit),
        keyArn: needed('--audit-key', flags.auditKey, 'the KMS key of the bucket of its audit'),
      },
    }),
    ...(tableArn !== undefined && {
      table: {
        tableArn,
        partitionKeys: needed('--partition-key', flags.partitionKey, 'which rows of the table'),
        access: flags.mayWrite ? ('write' as const) : ('read' as const),
      },
    }),
  }
}

function edgesOf(send: readonly string[] = [], receive: readonly string[] = [], keyArn: string): AppEdge[] {
  return [...new Set([...send, ...receive])].map((queueArn) => ({
    queueArn,
    keyArn,
    actions: [
      ...(send.includes(queueArn) ? (['send'] as const) : []),
      ...(receive.includes(queueArn) ? (['receive'] as const) : []),
    ],
  }))
}

function placeOf(command: string, url: string): { bucket: string; prefix: string } {
  const [, bucket, prefix] = /^s3:\/\/([^/]+)\/(.+\/)$/.exec(url) ?? []
  if (bucket !== undefined && prefix !== undefined) return { bucket, prefix }
  throw new UsageError(`${command}: expected s3://BUCKET/PREFIX/ with its slash at the end, got "${url}".`)
}
