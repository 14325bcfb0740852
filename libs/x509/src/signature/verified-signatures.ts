import { frame, sha256, toHex } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';
import { verifySignature } from './verify-signature.ts';

/**
 * Signatures of certificates that were found to hold. A fact about bytes: it does not depend on time, policy or anchors,
 * which are checked at every use. Machines of one maker share issuers, and a joining machine shows its chain three times.
 */
const held = new Set<string>();
const MOST_HELD = 1024;

/**
 * `verifySignature` of a certificate by its issuer's key, once for the same bytes. Only success is remembered.
 * @throws ChainError `algorithm-refused`, `signature-invalid`; X509Error `key-malformed`, `der-*`
 */
export async function verifyCertificateSignature(child: Certificate, issuer: Certificate): Promise<void> {
  const fact = toHex(await sha256(frame(issuer.spki, child.der)));
  if (held.delete(fact)) {
    // A set keeps the order of insertion: used last, dropped last.
    held.add(fact);
    return;
  }
  await verifySignature(issuer.spki, child.signatureAlgorithm, child.tbs, child.signature);
  held.add(fact);
  const [oldest] = held;
  if (held.size > MOST_HELD && oldest !== undefined) held.delete(oldest);
}
