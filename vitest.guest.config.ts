import { defineConfig } from 'vitest/config';

/** Tests in guests with device mapper (User-Mode Linux): each file has a kernel of its own to run, on a core. */
export default defineConfig({
  test: {
    include: ['{apps,libs}/*/src/**/*.guest.spec.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
