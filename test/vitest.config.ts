// @boundaries-ignore the one configuration of every package
import base from '../vitest.config.ts'

/** End to end: one sandbox for all files, so they run one after the other. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['{e2e,examples,faults,security}/**/*.test.ts'],
    globalSetup: ['./sandbox.setup.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
  },
}
