import { concat, type Bytes } from '@asterism/bytes';
import { TpmNotGenuineError } from '../errors.ts';
import { hashLength, webCryptoHash } from '../structures/algorithms.ts';
import { coordinateLength, type EccCurve } from '../structures/public-area.ts';
import type { TpmtSignature } from '../structures/signature.ts';
import { leftPad, toSpki } from '../structures/spki.ts';
import type { AttestationKeyScheme } from './attestation-key.ts';

const NAMED_CURVE = { p256: 'P-256', p384: 'P-384' } as const satisfies Record<EccCurve, string>;

function importKey({ area, scheme, hash }: AttestationKeyScheme) {
  const algorithm =
    area.type === 'ecc'
      ? { name: 'ECDSA', namedCurve: NAMED_CURVE[area.curve] }
      : { name: scheme === 'rsapss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: webCryptoHash(hash) };
  return crypto.subtle.importKey('spki', toSpki(area), algorithm, false, ['verify']);
}

/** What WebCrypto needs to know of a signature, each variant to try in turn. */
function attempts(
  { area, scheme, hash }: AttestationKeyScheme,
  signature: TpmtSignature,
): { algorithm: { name: string; hash?: string; saltLength?: number }; bytes: Bytes }[] {
  if (signature.scheme === 'ecdsa') {
    if (area.type !== 'ecc') return [];
    const length = coordinateLength(area.curve);
    if (signature.r.length > length || signature.s.length > length) return [];
    const bytes = concat(leftPad(signature.r, length), leftPad(signature.s, length));
    return [{ algorithm: { name: 'ECDSA', hash: webCryptoHash(hash) }, bytes }];
  }
  if (area.type !== 'rsa' || signature.signature.length !== area.keyBits / 8) return [];
  if (scheme === 'rsassa') return [{ algorithm: { name: 'RSASSA-PKCS1-v1_5' }, bytes: signature.signature }];
  // Part 1 annex B.7: the salt is as long as the key allows; FIPS 186-4 TPMs use the length of the hash.
  const digest = hashLength(hash);
  return [digest, area.keyBits / 8 - digest - 2].map((saltLength) => ({
    algorithm: { name: 'RSA-PSS', saltLength },
    bytes: signature.signature,
  }));
}

/**
 * The signature's scheme and hash must be those of the key.
 * @throws TpmNotGenuineError `signature-invalid`
 */
export async function verifyAttestSignature(
  key: AttestationKeyScheme,
  signature: TpmtSignature,
  signed: Bytes,
): Promise<void> {
  if (signature.scheme !== key.scheme || signature.hash !== key.hash) {
    throw new TpmNotGenuineError(
      'signature-invalid',
      'signature is not of the scheme of the attestation key',
      {
        got: `${signature.scheme} ${signature.hash}`,
        want: `${key.scheme} ${key.hash}`,
      },
    );
  }
  const imported = await importKey(key).catch((cause: unknown) => {
    throw new TpmNotGenuineError('signature-invalid', 'attestation key is not a usable public key', {
      cause,
    });
  });
  for (const { algorithm, bytes } of attempts(key, signature)) {
    if (await crypto.subtle.verify(algorithm, imported, bytes, signed)) return;
  }
  throw new TpmNotGenuineError('signature-invalid', 'quote is not signed by the attestation key');
}
