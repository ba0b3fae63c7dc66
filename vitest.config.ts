import { defineConfig } from 'vitest/config'

// Those that Node itself goes by, so that a package is not loaded once by Vitest and once more by Node. Not `module`: that is
// the SDK's build for bundlers, which Node cannot load.
const conditions = ['causeway-source', 'node', 'module-sync']

/** One configuration for every package: `vitest run --config ../../vitest.config.ts` from its folder. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } } }, // global setup files
  test: { include: ['test/**/*.test.ts'], testTimeout: 20_000, hookTimeout: 120_000 },
})
