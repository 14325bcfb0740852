import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

/** Tests that mutants of the verifying rooms are run against: those without TPMs, sockets and databases. */
export default defineConfig({
  plugins: [swc.vite({ tsconfigFile: './tsconfig.json' })],
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
