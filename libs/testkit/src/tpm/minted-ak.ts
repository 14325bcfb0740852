import { fromBase64url, type Bytes } from '@asterism/bytes';
import {
  ATTESTATION_KEY_ATTRIBUTES,
  toObjectAttributes,
  type EccPublic,
  type RsaPublic,
  type TpmHash,
  type TpmtSignature,
} from '@asterism/tpm';
import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export type AkKind = 'ecdsa-p256' | 'ecdsa-p384' | 'rsassa-2048' | 'rsapss-2048';

/** An attestation key whose private half the test holds: it signs what no TPM would. */
export interface MintedAk {
  readonly area: RsaPublic | EccPublic;
  sign(attest: Uint8Array, saltLength?: number): TpmtSignature;
}

const COMMON = {
  nameAlg: 'sha256',
  attributes: toObjectAttributes([...ATTESTATION_KEY_ATTRIBUTES, 'userWithAuth']),
  authPolicy: new Uint8Array(),
  symmetric: null,
} as const;

/** ECDSA with SHA-256 on P-256, SHA-384 on P-384; RSA with `hash`. */
export function mintAk(kind: AkKind, hash: TpmHash = kind === 'ecdsa-p384' ? 'sha384' : 'sha256'): MintedAk {
  if (kind === 'rsassa-2048' || kind === 'rsapss-2048') {
    return mintRsa(kind === 'rsassa-2048' ? 'rsassa' : 'rsapss', hash);
  }
  return mintEcc(kind === 'ecdsa-p256' ? 'p256' : 'p384', hash);
}

function coordinate(text: string | undefined): Bytes {
  return fromBase64url(text ?? '');
}

function mintEcc(curve: 'p256' | 'p384', hash: TpmHash): MintedAk {
  const { publicKey, privateKey } = generateKeyPairSync('ec', {
    namedCurve: curve === 'p256' ? 'P-256' : 'P-384',
  });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const scheme = { scheme: 'ecdsa', hash } as const;
  return {
    area: { ...COMMON, type: 'ecc', scheme, curve, x: coordinate(x), y: coordinate(y) },
    sign: (attest) => {
      const raw = new Uint8Array(sign(hash, attest, { key: privateKey, dsaEncoding: 'ieee-p1363' }));
      return { ...scheme, r: raw.slice(0, raw.length / 2), s: raw.slice(raw.length / 2) };
    },
  };
}

function mintRsa(scheme: 'rsassa' | 'rsapss', hash: TpmHash): MintedAk {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const modulus = coordinate(publicKey.export({ format: 'jwk' }).n);
  return {
    area: { ...COMMON, type: 'rsa', scheme: { scheme, hash }, keyBits: 2048, exponent: 0, modulus },
    sign: (attest, saltLength = constants.RSA_PSS_SALTLEN_DIGEST) => ({
      scheme,
      hash,
      signature: new Uint8Array(signRsa(scheme, hash, privateKey, attest, saltLength)),
    }),
  };
}

function signRsa(
  scheme: 'rsassa' | 'rsapss',
  hash: TpmHash,
  key: KeyObject,
  attest: Uint8Array,
  saltLength: number,
): Buffer {
  if (scheme === 'rsassa') return sign(hash, attest, { key, padding: constants.RSA_PKCS1_PADDING });
  return sign(hash, attest, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
}
