import { defineConfig } from 'vitest/config'

// Not `module`: that is the SDK's build for bundlers, which Node cannot load.
const conditions = ['causeway-source', 'node']

/** One configuration for every package: `vitest run --config ../../vitest.config.ts` from its folder. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  environments: { __vitest__: { resolve: { conditions } } }, // global setup files
  test: { include: ['test/**/*.test.ts'], testTimeout: 20_000, hookTimeout: 120_000 },
})
