import { defineConfig } from 'vitest/config'

/** One configuration for every package: `vitest run --config ../../vitest.config.ts` from its folder. */
export default defineConfig({
  resolve: { conditions: ['causeway-source', 'node', 'import', 'default'] },
  ssr: { resolve: { conditions: ['causeway-source', 'node', 'import', 'default'] } },
  test: { include: ['test/**/*.test.ts'], testTimeout: 20_000, hookTimeout: 120_000 },
})
