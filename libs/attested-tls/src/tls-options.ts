import { constants } from 'node:crypto';
import type { SecureContextOptions } from 'node:tls';
import type { TlsIdentity } from './tls-identity.ts';

/** OpenSSL's `SSL_OP_CLEANSE_PLAINTEXT`, which Node names no constant for: what was received does not stay in TLS's buffer. */
const CLEANSE_PLAINTEXT = 1 << 1;

/** Protocol §1.1: TLS 1.3 only, hybrid key exchange first and X25519 as floor, no tickets. */
export function tlsOptions(identity: TlsIdentity) {
  return {
    key: identity.privateKey,
    cert: identity.certificate,
    minVersion: 'TLSv1.3',
    maxVersion: 'TLSv1.3',
    ecdhCurve: 'X25519MLKEM768:X25519',
    secureOptions: constants.SSL_OP_NO_TICKET | CLEANSE_PLAINTEXT,
    // The peer is known by attestation, never by a certificate authority.
    rejectUnauthorized: false,
  } satisfies SecureContextOptions & { rejectUnauthorized: boolean };
}
