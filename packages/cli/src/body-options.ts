import type { Command } from 'commander'

/** The flags that say where an edge keeps the bodies that are too large for its queue. */
export interface BodyFlags {
  bodiesBucket?: string
  bodiesPrefix?: string
  bodiesBucketOwner?: string
}

/** Adds them to a command. */
export function addBodyOptions(command: Command): Command {
  return command
    .optionsGroup('Bodies that are in S3:')
    .option('--bodies-bucket <name>', "the edge's bucket for bodies over 1 MiB (BodiesBucketName of its stack)")
    .option('--bodies-prefix <prefix>', "what their keys begin with (default: the edge's name and a slash)")
    .option('--bodies-bucket-owner <account>', "the account that has to own the bucket (default: the edge's)")
}
