// @boundaries-ignore the one configuration of every package
import base from '../vitest.config.ts'

/** What reads streams, buckets and topics: vitest.readers.config.ts has it. */
export const readers: readonly string[] = [
  'e2e/readers/**/*.test.ts',
  'faults/{kafka,kinesis,reader-edge,readers}.test.ts',
]

/** What is typed, here or in a document: vitest.commands.config.ts has it. */
export const commands: readonly string[] = [
  'e2e/{audit-cli,cli,documented,edge-by-hand,edge-operations,ended-by-signal,unanswered}.test.ts',
]

/** End to end: one sandbox for all files, so they run one after the other. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['{e2e,examples,faults,security}/**/*.test.ts'],
    exclude: [...readers, ...commands],
    globalSetup: ['./sandbox.setup.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
  },
}
