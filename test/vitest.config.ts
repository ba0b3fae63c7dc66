// @boundaries-ignore the one configuration of every package
import base from '../vitest.config.ts'

/** End to end. Each worker has a sandbox of its own, in which its files run one after the other. They wait more than they work. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['{e2e,examples,faults,security}/**/*.test.ts'],
    globalSetup: ['./sandbox.setup.ts'],
    setupFiles: ['./own-sandbox.ts'],
    maxWorkers: 3,
    testTimeout: 60_000,
  },
}
