import { defineConfig } from 'vitest/config';

/** End-to-end tests: black boxes that start a real `up`, one file at a time on one machine. */
export default defineConfig({
  test: {
    include: ['apps/*-e2e/**/*.spec.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    fileParallelism: false,
    maxWorkers: 1,
  },
});
