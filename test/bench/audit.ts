import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { AuditLoad } from './audit-load.ts'
import { compared, type Figure, measured } from './figure.ts'
import { startInstantS3 } from './instant-s3.ts'
import { startInstantSqs } from './instant-sqs.ts'

/**
 * Processor time that a message takes when it is received and forwarded at 1,000 messages a second, with an audit record
 * for each, beside the same without. It is measured in a process of its own: that of the servers does not count.
 */
export async function* audit(): AsyncGenerator<Figure> {
  await using sqs = await startInstantSqs()
  await using s3 = await startInstantS3()
  const load = new URL('./audit-load.ts', import.meta.url).pathname
  const args = ['--conditions=causeway-source', load, sqs.endpoint, s3.endpoint]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const { forwarded, alone }: AuditLoad = JSON.parse(stdout)
  yield compared('receive and forward, 1,000/s', forwarded, { at: 'most', limit: 1.05 })
  yield measured('a record alone, 1,000/s', alone)
}
