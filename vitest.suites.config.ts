import { defineConfig } from 'vitest/config';

/** Public test suites, installed by `tools/test/suites.ts`, which names their folder in ASTERISM_TEST_SUITES. */
export default defineConfig({
  test: {
    include: ['libs/*/src/**/*.suite.spec.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 60_000,
    maxWorkers: 2,
  },
});
