import { TpmNotGenuineError } from '../errors.ts';
import { acceptHash, type TpmHash } from '../structures/algorithms.ts';
import { missingAttributes, objectAttributeNames, OBJECT_ATTRIBUTE } from '../structures/attributes.ts';
import type { EccPublic, RsaPublic, TpmtPublic } from '../structures/public-area.ts';

/** A restricted signing key: its TPM signs with it only what it made itself, or hashed without the TPM_GENERATED prefix. */
export interface AttestationKeyScheme {
  readonly area: RsaPublic | EccPublic;
  readonly scheme: 'rsassa' | 'rsapss' | 'ecdsa';
  readonly hash: TpmHash;
}

/** What a key must be to sign only what its TPM vouches for; TPMs add others, such as `userWithAuth`. */
export const ATTESTATION_KEY_ATTRIBUTES = [
  'fixedTpm',
  'fixedParent',
  'sensitiveDataOrigin',
  'restricted',
  'sign',
] as const;
const MIN_RSA_BITS = 2048;

function refused(message: string, got: unknown, want: unknown): TpmNotGenuineError {
  return new TpmNotGenuineError('ak-attributes', message, { got, want });
}

/**
 * Part 1 §25 (attributes of keys): restricted, sign, not decrypt, made inside the TPM and never leaving it, with a
 * scheme that is set, so that the signature's algorithm is the key's and not the sender's choice.
 * @throws TpmNotGenuineError `ak-attributes` or `algorithm-refused`
 */
export function verifyAttestationKey(area: TpmtPublic): AttestationKeyScheme {
  if (area.type === 'keyedhash') throw refused('attestation key is not asymmetric', area.type, 'rsa or ecc');
  const got = objectAttributeNames(area.attributes);
  const missing = missingAttributes(area.attributes, ATTESTATION_KEY_ATTRIBUTES);
  if (missing.length > 0)
    throw refused(`attestation key lacks ${missing.join(', ')}`, got, ATTESTATION_KEY_ATTRIBUTES);
  if ((area.attributes & OBJECT_ATTRIBUTE.decrypt) !== 0) {
    throw refused('attestation key may also decrypt', got, 'not decrypt');
  }
  if (area.scheme === null || area.scheme.scheme === 'oaep' || area.scheme.scheme === 'ecdh') {
    throw refused(
      'attestation key has no signing scheme',
      area.scheme?.scheme ?? null,
      'rsassa, rsapss or ecdsa',
    );
  }
  acceptHash(area.nameAlg, 'attestation key name');
  if (area.type === 'rsa' && area.keyBits < MIN_RSA_BITS) {
    throw new TpmNotGenuineError('algorithm-refused', 'attestation key is too short', {
      got: area.keyBits,
      want: MIN_RSA_BITS,
    });
  }
  const hash = acceptHash(area.scheme.hash, 'attestation key scheme');
  return { area, scheme: area.scheme.scheme, hash };
}
