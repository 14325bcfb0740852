import { equalBytes, fromHex, toHex, type Bytes } from '@asterism/bytes';
import { TpmFormatError, TpmNotGenuineError } from '../errors.ts';
import { acceptHash, type TpmHash } from '../structures/algorithms.ts';
import {
  missingAttributes,
  objectAttributeNames,
  OBJECT_ATTRIBUTE,
  toObjectAttributes,
} from '../structures/attributes.ts';
import type { EccPublic, RsaPublic, TpmtPublic } from '../structures/public-area.ts';
import type { SymmetricDefinition } from '../structures/schemes.ts';
import { fromSpki, toSpki } from '../structures/spki.ts';

/**
 * TCG EK Credential Profile 2.5 §B.3 and §B.4: low-range RSA 2048 (L-1) and ECC P-256 (L-2), high-range RSA 2048 (H-1),
 * ECC P-256 (H-2) and ECC P-384 (H-3).
 */
export type EkTemplate = 'L-1' | 'L-2' | 'H-1' | 'H-2' | 'H-3';

/** PolicyA: PolicySecret(TPM_RH_ENDORSEMENT), §B.6.2. */
const POLICY_A = fromHex('837197674484b3f81a90cc8d46a5d724fd52d76e06520b64f2a1da1b331469aa');
/** PolicyB of SHA-256 and SHA-384: PolicyA or an authorisation in NV, §B.6.5. */
const POLICY_B_SHA256 = fromHex('ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0');
const POLICY_B_SHA384 = fromHex(
  'b26e7d28d11a50bc53d882bcf5fd3a1a074148bb35d3b4e4cb1c0ad9bde419cacb47ba09699646150f9fc000f3f80e12',
);

const NONE = new Uint8Array();
const AES_128: SymmetricDefinition = { algorithm: 'aes', keyBits: 128, mode: 'cfb' };
const AES_256: SymmetricDefinition = { algorithm: 'aes', keyBits: 256, mode: 'cfb' };

const REQUIRED = ['fixedTpm', 'fixedParent', 'sensitiveDataOrigin', 'restricted', 'decrypt'] as const;
const LOW_ATTRIBUTES = toObjectAttributes([...REQUIRED, 'adminWithPolicy']);
const HIGH_ATTRIBUTES = toObjectAttributes([...REQUIRED, 'adminWithPolicy', 'userWithAuth']);

const LOW = { nameAlg: 'sha256', attributes: LOW_ATTRIBUTES, authPolicy: POLICY_A } as const;
const HIGH_256 = { nameAlg: 'sha256', attributes: HIGH_ATTRIBUTES, authPolicy: POLICY_B_SHA256 } as const;
const HIGH_384 = { nameAlg: 'sha384', attributes: HIGH_ATTRIBUTES, authPolicy: POLICY_B_SHA384 } as const;
const RSA_2048 = { type: 'rsa', symmetric: AES_128, scheme: null, keyBits: 2048, exponent: 0 } as const;
const P256 = { type: 'ecc', symmetric: AES_128, scheme: null, curve: 'p256' } as const;
const P384 = { type: 'ecc', symmetric: AES_256, scheme: null, curve: 'p384' } as const;

/** Templates as CreatePrimary takes them: low-range ones have zeros for `unique`, high-range ones nothing. */
export const EK_TEMPLATE: Readonly<Record<EkTemplate, RsaPublic | EccPublic>> = {
  'L-1': { ...LOW, ...RSA_2048, modulus: new Uint8Array(256) },
  'L-2': { ...LOW, ...P256, x: new Uint8Array(32), y: new Uint8Array(32) },
  'H-1': { ...HIGH_256, ...RSA_2048, modulus: NONE },
  'H-2': { ...HIGH_256, ...P256, x: NONE, y: NONE },
  'H-3': { ...HIGH_384, ...P384, x: NONE, y: NONE },
};

/** What credential protection uses of an endorsement key. */
export interface EndorsementKeyScheme {
  readonly symmetric: SymmetricDefinition;
  readonly hash: TpmHash;
}

/**
 * An EK must be a restricted decryption key that never leaves its TPM; with a signing or free key, ActivateCredential
 * would prove less.
 * @throws TpmNotGenuineError `ek-attributes` | `algorithm-refused`
 */
export function verifyEndorsementKey(area: TpmtPublic): EndorsementKeyScheme {
  const got = objectAttributeNames(area.attributes);
  const missing = missingAttributes(area.attributes, REQUIRED);
  if (area.type === 'keyedhash' || missing.length > 0) {
    throw new TpmNotGenuineError(
      'ek-attributes',
      'endorsement key is not a restricted decryption key of its TPM',
      {
        got: area.type === 'keyedhash' ? area.type : got,
        want: REQUIRED,
      },
    );
  }
  if ((area.attributes & OBJECT_ATTRIBUTE.sign) !== 0) {
    throw new TpmNotGenuineError('ek-attributes', 'endorsement key may also sign', { got, want: 'not sign' });
  }
  if (area.symmetric === null) {
    throw new TpmNotGenuineError('ek-attributes', 'endorsement key has no symmetric algorithm', {
      want: 'aes',
    });
  }
  return { symmetric: area.symmetric, hash: acceptHash(area.nameAlg, 'endorsement key') };
}

/** The EK must be the key of its certificate. @throws TpmNotGenuineError `ek-mismatch` */
export function verifyEkMatchesSpki(ekPublic: TpmtPublic, certificateSpki: Uint8Array): void {
  const spki: Bytes = toSpki(ekPublic);
  if (!equalBytes(spki, certificateSpki)) {
    throw new TpmNotGenuineError('ek-mismatch', 'endorsement key is not that of its certificate', {
      got: toHex(spki),
      want: toHex(certificateSpki),
    });
  }
}

/**
 * The public area of an EK that is known by its certificate's key only, under the template that such a key has:
 * low range unless `range` says otherwise. A wrong guess makes a credential that does not activate, nothing worse.
 */
export async function ekPublicFromSpki(spki: Uint8Array, range: 'low' | 'high' = 'low'): Promise<TpmtPublic> {
  const key = await fromSpki(spki);
  if (key.type === 'rsa') {
    if (key.keyBits !== RSA_2048.keyBits) {
      throw new TpmFormatError('unsupported', 'EK size without a template', { got: key.keyBits, want: 2048 });
    }
    return { ...(range === 'low' ? LOW : HIGH_256), ...RSA_2048, ...key };
  }
  if (key.curve === 'p384') return { ...HIGH_384, ...P384, ...key, curve: 'p384' };
  return { ...(range === 'low' ? LOW : HIGH_256), ...P256, ...key, curve: 'p256' };
}
