import type { NextConfig } from 'next';
import { join } from 'node:path';
import { CONSTANT_HEADERS } from './src/server/security-headers.ts';

const workspace = join(import.meta.dirname, '../..');

const config: NextConfig = {
  // One folder that plain `node` runs: what `asterism up` and `asterism console` start.
  output: 'standalone',
  outputFileTracingRoot: workspace,
  // Found by the tracer, never run: images are not resized and types are not checked by a server.
  outputFileTracingExcludes: { '*': ['../../node_modules/{typescript,sharp,@img}/**'] },
  turbopack: { root: workspace },
  // Rooms are TypeScript sources (docs/decisions/001).
  transpilePackages: [
    '@asterism/api-client',
    '@asterism/attestation',
    '@asterism/bytes',
    '@asterism/contracts',
    '@asterism/tpm',
    '@asterism/x509',
  ],
  // It reaches for Node's internals and gains nothing from being bundled.
  serverExternalPackages: ['undici'],
  poweredByHeader: false,
  reactStrictMode: true,
  images: { unoptimized: true },
  // The same compiler checks types in a program of its own, with every room: see the root's `typecheck`.
  typescript: { ignoreBuildErrors: true },
  headers: () => Promise.resolve([{ source: '/:path*', headers: [...CONSTANT_HEADERS] }]),
};

export default config;
