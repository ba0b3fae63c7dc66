// @boundaries-ignore the one configuration of every package
import base from '../vitest.config.ts'

/** What reads streams, buckets, topics and edges by hand, half of all that there is: vitest.readers.config.ts has it. */
export const readers: readonly string[] = [
  'e2e/readers/**/*.test.ts',
  'e2e/edge-{by-hand,operations}.test.ts',
  'faults/{kafka,kinesis,reader-edge,readers}.test.ts',
]

/** End to end: one sandbox for all files, so they run one after the other. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['{e2e,examples,faults,security}/**/*.test.ts'],
    exclude: [...readers],
    globalSetup: ['./sandbox.setup.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
  },
}
