import { fromBase64url, sha256, toBase64url, toHex } from '@asterism/bytes';
import type { IdentityProof } from '@asterism/contracts';
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { identityStatement } from './binding.ts';
import { PeerIdentityError } from './errors.ts';

/**
 * The API's side of a pinned key: its long-term ECDSA P-256 key signs the binding of role `server`, which holds this
 * connection's exporter, the node's nonce, the API's TLS key and its claims.
 */
export function proveIdentity(
  privateKey: KeyObject,
  publicKey: KeyObject,
  binding: Uint8Array,
): IdentityProof {
  return {
    publicKey: toBase64url(publicKey.export({ type: 'spki', format: 'der' })),
    signature: toBase64url(
      sign('sha256', identityStatement(binding), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
    ),
  };
}

/**
 * @param pinned SHA-256 of the expected key's SubjectPublicKeyInfo, hexadecimal
 * @throws PeerIdentityError `identity-missing`, `pinned-key-mismatch` or `identity-proof-invalid`
 */
export async function verifyIdentityProof(
  proof: IdentityProof | undefined,
  pinned: string,
  binding: Uint8Array,
): Promise<void> {
  if (!proof) throw new PeerIdentityError('identity-missing', 'the API gave no proof of its pinned key');
  const spki = fromBase64url(proof.publicKey);
  const got = toHex(await sha256(spki));
  if (got !== pinned) {
    throw new PeerIdentityError('pinned-key-mismatch', 'the API has another identity key', {
      got,
      want: pinned,
    });
  }
  if (!isSignedBy(spki, fromBase64url(proof.signature), binding)) {
    throw new PeerIdentityError('identity-proof-invalid', 'identity key did not sign this connection');
  }
}

function isSignedBy(spki: Uint8Array, signature: Uint8Array, binding: Uint8Array): boolean {
  try {
    const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return false;
    return verify('sha256', identityStatement(binding), { key, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}
