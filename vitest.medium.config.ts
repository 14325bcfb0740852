import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/** Medium tests: real sockets, PostgreSQL and software TPMs, one machine; they wait as much as they compute. */
export default defineConfig({
  plugins: [swc.vite({ tsconfigFile: './tsconfig.json' })],
  test: {
    include: ['{apps,libs}/*/src/**/*.medium.spec.ts', 'tools/**/*.medium.spec.ts'],
    exclude: ['**/node_modules/**'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
  },
});
