import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/** Rooms that decide what is genuine and what is accepted. */
const ROOMS = ['x509', 'snp', 'tdx', 'tpm', 'attestation'] as const;
const LEAST = { lines: 95, branches: 95 };

/** All tests of those rooms, counted line by line and branch by branch; below the least, the run fails. */
export default defineConfig({
  plugins: [swc.vite({ tsconfigFile: './tsconfig.json' })],
  test: {
    include: [`libs/{${ROOMS.join()}}/src/**/*.spec.ts`],
    exclude: ['**/node_modules/**', '**/browser-bundle.medium.spec.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    coverage: {
      enabled: true,
      provider: 'v8',
      include: [`libs/{${ROOMS.join()}}/src/**/*.ts`],
      exclude: ['**/*.spec.ts', '**/index.ts'],
      reporter: ['text-summary', 'json-summary', 'text'],
      thresholds: Object.fromEntries(ROOMS.map((room) => [`libs/${room}/src/**`, LEAST])),
    },
  },
});
