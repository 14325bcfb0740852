import { fromBase64, toHex } from '@asterism/bytes';
import { createHash } from 'node:crypto';
import type { RevocationList, RevokedCertificates } from './revocation-list.ts';

/** What a log of sshd says of a certificate: enough to tell whether it is revoked. */
export interface PresentedCertificate {
  /** `SHA256:…` of its own key. */
  readonly fingerprint: string;
  /** `SHA256:…` of the key that signed it. */
  readonly authority: string;
  readonly serial: bigint;
  readonly keyId: string;
}

/**
 * Whether sshd would refuse it for this list: its key or its authority's is on it, or its key ID or serial under that
 * authority. Serial 0 is none, as for sshd. Hashes of SHA-1 and whole keys are compared through what they hash to.
 */
export function isRevoked(list: RevocationList, certificate: PresentedCertificate): boolean {
  const keys = new Set([...list.keys].map((blob) => hashOf(fromBase64(blob))));
  const revokes = (fingerprint: string) => {
    const hash = toHexHash(fingerprint);
    return list.sha256.has(hash) || keys.has(hash);
  };
  if (revokes(certificate.fingerprint) || revokes(certificate.authority)) return true;
  return list.certificates.some((each) => ofAuthority(each, certificate) && names(each, certificate));
}

function ofAuthority({ authority }: RevokedCertificates, certificate: PresentedCertificate): boolean {
  return authority === null || hashOf(authority) === toHexHash(certificate.authority);
}

function names({ serials, keyIds }: RevokedCertificates, { serial, keyId }: PresentedCertificate): boolean {
  if (keyIds.has(keyId)) return true;
  if (serial === 0n) return false;
  let low = 0;
  let high = serials.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const [first, last] = serials[middle] ?? [0n, 0n];
    if (serial < first) high = middle;
    else if (serial > last) low = middle + 1;
    else return true;
  }
  return false;
}

function hashOf(blob: Uint8Array): string {
  return createHash('sha256').update(blob).digest('hex');
}

function toHexHash(fingerprint: string): string {
  return toHex(fromBase64(`${fingerprint.replace(/^SHA256:/, '')}=`));
}
