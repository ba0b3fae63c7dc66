import { BaseSequencer, type TestSpecification } from 'vitest/node'
// @boundaries-ignore the one configuration of every package
import base from '../vitest.config.ts'

/** Vitest begins with the largest file. These are short, and take longest. */
const long = /\/(demo|documented\/(help|readers|functions))\.test\.ts$/

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => Number(long.test(other.moduleId)) - Number(long.test(one.moduleId)))
  }
}

/** End to end. Each worker has a sandbox of its own, in which its files run one after the other. They wait more than they work. */
export default {
  ...base,
  test: {
    ...base.test,
    include: ['{e2e,examples,faults,security}/**/*.test.ts'],
    globalSetup: ['./sandbox.setup.ts'],
    setupFiles: ['./own-sandbox.ts'],
    sequence: { sequencer: LongestFirst },
    maxWorkers: 3,
    testTimeout: 60_000,
  },
}
