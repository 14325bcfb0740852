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
 * authority. Serial 0 is none, as for sshd.
 */
export function isRevoked(list: RevocationList, certificate: PresentedCertificate): boolean {
  const { fingerprint, authority } = certificate;
  if (list.fingerprints.has(fingerprint) || list.fingerprints.has(authority)) return true;
  return list.certificates.some(
    (revoked) =>
      (revoked.authority === null || revoked.authority === authority) && names(revoked, certificate),
  );
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
