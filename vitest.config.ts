import { defineConfig } from 'vitest/config';

/** Unit tests: no I/O. Tests that need sockets, a database or a software TPM are `*.medium.spec.ts`. */
export default defineConfig({
  test: {
    include: ['{apps,libs}/*/src/**/*.spec.ts', 'apps/console/src/**/*.spec.ts', 'tools/**/*.spec.ts'],
    exclude: ['**/*.{medium,suite,guest}.spec.ts', 'apps/*-e2e/**', '**/node_modules/**'],
    testTimeout: 20_000,
    maxWorkers: 2,
  },
});
