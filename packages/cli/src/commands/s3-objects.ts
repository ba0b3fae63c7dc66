import { s3Source } from '@causeway-aws/readers/s3'
import { openBucket } from '../s3-bucket.ts'
import type { Terminal } from '../terminal.ts'
import { visible } from '../visible.ts'
import type { ObjectsFlags } from './s3.ts'

interface ObjectsOptions extends ObjectsFlags {
  terminal: Terminal
  signal: AbortSignal
}

/** Lists the objects under a prefix. */
export async function printObjects({ json, terminal, signal, ...flags }: ObjectsOptions): Promise<void> {
  const { reader: _, ...bucket } = await openBucket(flags)
  let count = 0
  for await (const { key, size, modified, etag } of s3Source({ ...bucket, patience: 10_000 }).partitions(signal)) {
    count += 1
    const time = modified.toISOString()
    if (json) terminal.print(JSON.stringify({ key, size, modified: time, etag }))
    else terminal.print(`${terminal.paint('dim', time)}  ${size.toLocaleString('en').padStart(15)}  ${visible(key)}`)
    // A bucket may list more than fits into memory.
    if (count % 1_000 === 0 && !(await terminal.written())) return
  }
  if (count === 0 && !json) terminal.note(`There is no object under "${bucket.prefix}" in ${bucket.bucket}.`)
}
