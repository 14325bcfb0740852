import { copyBytes, equalBytes, type Bytes } from '@asterism/bytes';
import type { SignatureAlgorithm } from '../certificate/algorithm.ts';
import { contentIndex } from './content-index.ts';
import { verifySignature } from './verify-signature.ts';

/** What is signed and by whom: a certificate or a revocation list. */
interface SignedObject {
  /** All of it: content, algorithm and signature. */
  readonly der: Uint8Array;
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Uint8Array;
}

interface HeldSignature {
  readonly spki: Bytes;
  readonly der: Bytes;
}

/**
 * Signatures of certificates and lists that were found to hold. A fact about bytes: it does not depend on time, policy or
 * anchors, which are checked at every use. Machines of one maker share issuers, and a joining machine shows its chain
 * three times. Found by a part of the signature, and then compared in full.
 */
const held = new Map<number, HeldSignature>();
const MOST_HELD = 1024;
/** Of all that is remembered: certificates are one or two thousand bytes long, lists any number. */
const MOST_HELD_BYTES = 4 * 1024 * 1024;
let heldBytes = 0;

/**
 * `verifySignature` of a certificate or list by its issuer's key, once for the same bytes. Only success is remembered.
 * @throws ChainError `algorithm-refused`, `signature-invalid`; X509Error `key-malformed`, `der-*`
 */
export async function verifySignatureOnce(
  signed: SignedObject,
  { spki }: { readonly spki: Uint8Array },
): Promise<void> {
  const { der, tbs, signatureAlgorithm, signature } = signed;
  const index = contentIndex(signature);
  const found = held.get(index);
  if (found !== undefined && equalBytes(found.der, der) && equalBytes(found.spki, spki)) {
    // A map keeps the order of insertion: used last, dropped last.
    held.delete(index);
    held.set(index, found);
    return;
  }
  await verifySignature(spki, signatureAlgorithm, tbs, signature);
  drop(index);
  held.set(index, { spki: copyBytes(spki), der: copyBytes(der) });
  heldBytes += spki.length + der.length;
  for (const oldest of held.keys()) {
    if (held.size <= MOST_HELD && heldBytes <= MOST_HELD_BYTES) break;
    drop(oldest);
  }
}

function drop(index: number): void {
  const { spki, der } = held.get(index) ?? {};
  if (held.delete(index)) heldBytes -= (spki?.length ?? 0) + (der?.length ?? 0);
}
