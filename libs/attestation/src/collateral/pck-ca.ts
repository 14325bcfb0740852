import { commonNameOf, type Name } from '@asterism/x509';
import type { PckCa } from './need.ts';

/** Names of the CAs between (Intel SGX PCK Certificate and CRL Profile Specification, revision 1.5, §1.2). */
const NAMES = new Map<string, PckCa>([
  ['Intel SGX PCK Processor CA', 'processor'],
  ['Intel SGX PCK Platform CA', 'platform'],
]);

/** By its common name; undefined for any other issuer. Not verified. */
export function pckCaOf(issuer: Name): PckCa | undefined {
  return NAMES.get(commonNameOf(issuer));
}
