import { join } from 'node:path';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

const LIBS = join(import.meta.dirname, 'libs');

/** Tests that mutants of the verifying rooms are run against: those without TPMs, sockets and databases. */
export default defineConfig({
  plugins: [swc.vite({ tsconfigFile: './tsconfig.json' })],
  resolve: {
    // Stryker mutates a copy, whose links in node_modules lead to the original: a room would meet mutants only in itself.
    alias: [
      { find: /^@asterism\/([^/]+)$/, replacement: join(LIBS, '$1/src/index.ts') },
      { find: /^@asterism\/([^/]+)\/(.+)$/, replacement: join(LIBS, '$1/src/$2/index.ts') },
    ],
  },
  test: {
    include: ['libs/{x509,snp,tdx,tpm,attestation}/src/**/*.spec.ts'],
    exclude: [
      '**/node_modules/**',
      '**/browser-bundle.medium.spec.ts',
      '**/malformed.spec.ts',
      '**/openssl.medium.spec.ts',
      'libs/tpm/src/client/**',
    ],
    testTimeout: 60_000,
    maxWorkers: 1,
  },
});
