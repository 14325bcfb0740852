import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** Rooms and the rooms each may import (docs/architecture.md). The order is from the ground up. */
const MAY_IMPORT = {
  bytes: [],
  x509: ['bytes'],
  snp: ['bytes', 'x509'],
  tdx: ['bytes', 'x509'],
  contracts: ['bytes'],
  tpm: ['bytes', 'x509'],
  'tpm-device': ['bytes', 'tpm'],
  'tee-device': ['bytes', 'x509', 'tpm'],
  attestation: ['bytes', 'x509', 'tpm', 'snp', 'tdx', 'contracts'],
  collateral: ['bytes', 'x509', 'snp', 'tdx', 'attestation', 'contracts'],
  'attested-tls': ['attestation', 'contracts', 'x509', 'bytes'],
  keys: ['bytes', 'tpm'],
  kek: ['bytes', 'keys'],
  'state-disk': ['bytes', 'contracts'],
  ssh: ['bytes'],
  'reference-values': ['bytes', 'contracts'],
  persistence: ['bytes', 'contracts'],
  'api-client': [],
};
const LIBRARIES = Object.keys(MAY_IMPORT);
const APPS = {
  api: LIBRARIES.filter((room) => room !== 'api-client'),
  console: ['api-client', 'attestation', 'contracts', 'bytes'],
  'node-agent': LIBRARIES.filter((room) => room !== 'api-client' && room !== 'persistence'),
  cli: LIBRARIES,
};

const room = (name) => `room:${name}`;
const depConstraints = [
  ...Object.entries(MAY_IMPORT).map(([name, allowed]) => ({
    sourceTag: room(name),
    onlyDependOnLibsWithTags: allowed.length > 0 ? allowed.map(room) : ['room:none'],
  })),
  ...Object.entries(APPS).map(([name, allowed]) => ({
    sourceTag: `app:${name}`,
    onlyDependOnLibsWithTags: allowed.map(room),
  })),
  { sourceTag: 'room:testkit', onlyDependOnLibsWithTags: LIBRARIES.map(room) },
];
const boundaries = (constraints) => ({
  '@nx/enforce-module-boundaries': [
    'error',
    {
      allow: [],
      depConstraints: constraints,
      // Tests only: they use the test kit, and those of `tpm` a software TPM.
      ignoredCircularDependencies: [
        ...LIBRARIES.map((name) => [`@asterism/${name}`, '@asterism/testkit']),
        ['@asterism/tpm', '@asterism/tpm-device'],
      ],
    },
  ],
});

const TESTS = [
  '**/*.spec.ts',
  '**/*.spec.tsx',
  'apps/*-e2e/**',
  '{apps,libs}/*/src/testing/**',
  'libs/testkit/**',
  'bench/**',
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/.next/**',
      '**/node_modules/**',
      'libs/api-client/src/generated/**',
      '**/next-env.d.ts',
      '.nx/**',
    ],
  },
  ...tseslint.configs.recommended,
  {
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
    },
  },
  {
    files: ['{apps,libs}/*/src/**/*.{ts,tsx}'],
    ignores: TESTS,
    rules: boundaries(depConstraints),
  },
  {
    // Nest reads the constructor's parameter types at run time, so they must stay value imports.
    files: ['apps/api/src/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['libs/{bytes,x509,snp,tdx,tpm,attestation,contracts}/src/**/*.ts'],
    ignores: TESTS,
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['node:*'], message: 'this room runs in a browser' }] },
      ],
      'no-restricted-globals': ['error', 'Buffer', 'process', '__dirname'],
    },
  },
  {
    files: ['{apps,libs}/*/src/**/*.{ts,tsx}'],
    ignores: [...TESTS, 'apps/*/src/environment.ts', 'apps/cli/src/**'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'process.env is read in environment.ts of each app' },
      ],
    },
  },
  { files: ['apps/cli/src/**', 'apps/*-e2e/**', 'bench/**', 'tools/**'], rules: { 'no-console': 'off' } },
  prettier,
);
