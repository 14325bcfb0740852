import { copyBytes, type Bytes } from '@asterism/bytes';
import {
  derExplicit,
  derNull,
  derOid,
  derSequence,
  derUnsignedInteger,
  ecdsaRawToDer,
  exportSpki,
} from '@asterism/x509';

export type MintKeyKind =
  | 'ecdsa-p256'
  | 'ecdsa-p384'
  | 'ecdsa-p521'
  | 'ecdsa-p256-sha1'
  | 'rsa-2048'
  | 'rsa-2048-sha1'
  | 'rsa-1024'
  | 'rsa-pss-sha256'
  | 'rsa-pss-sha384'
  | 'rsa-4096-pss-sha384'
  | 'ed25519';

/** A key that signs certificates, with the AlgorithmIdentifier it signs under. Also what verifiers must refuse. */
export interface MintKey {
  readonly kind: MintKeyKind;
  readonly spki: Bytes;
  readonly algorithm: Bytes;
  readonly sign: (data: Uint8Array) => Promise<Bytes>;
}

const PUBLIC_EXPONENT = Uint8Array.of(1, 0, 1);

export async function mintKey(kind: MintKeyKind = 'ecdsa-p256'): Promise<MintKey> {
  switch (kind) {
    case 'ecdsa-p256':
      return ecdsaKey(kind, 'P-256', 'SHA-256', '1.2.840.10045.4.3.2');
    case 'ecdsa-p384':
      return ecdsaKey(kind, 'P-384', 'SHA-384', '1.2.840.10045.4.3.3');
    case 'ecdsa-p521':
      return ecdsaKey(kind, 'P-521', 'SHA-512', '1.2.840.10045.4.3.4');
    case 'ecdsa-p256-sha1':
      return ecdsaKey(kind, 'P-256', 'SHA-1', '1.2.840.10045.4.1');
    case 'rsa-2048':
      return rsaKey(kind, 2048, 'SHA-256', '1.2.840.113549.1.1.11');
    case 'rsa-2048-sha1':
      return rsaKey(kind, 2048, 'SHA-1', '1.2.840.113549.1.1.5');
    case 'rsa-1024':
      return rsaKey(kind, 1024, 'SHA-256', '1.2.840.113549.1.1.11');
    case 'rsa-pss-sha256':
      return rsaPssKey(kind, 2048, 'SHA-256');
    case 'rsa-pss-sha384':
      return rsaPssKey(kind, 2048, 'SHA-384');
    case 'rsa-4096-pss-sha384':
      return rsaPssKey(kind, 4096, 'SHA-384');
    case 'ed25519':
      return ed25519Key();
  }
}

async function ecdsaKey(
  kind: MintKeyKind,
  namedCurve: 'P-256' | 'P-384' | 'P-521',
  hash: string,
  oid: string,
): Promise<MintKey> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve }, true, [
    'sign',
  ]);
  return {
    kind,
    spki: await exportSpki(publicKey),
    algorithm: derSequence(derOid(oid)),
    sign: async (data) => {
      const raw = await crypto.subtle.sign({ name: 'ECDSA', hash }, privateKey, copyBytes(data));
      return ecdsaRawToDer(new Uint8Array(raw), namedCurve);
    },
  };
}

async function rsaKey(kind: MintKeyKind, modulusLength: number, hash: string, oid: string): Promise<MintKey> {
  const name = 'RSASSA-PKCS1-v1_5';
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name, modulusLength, publicExponent: PUBLIC_EXPONENT, hash },
    true,
    ['sign'],
  );
  return {
    kind,
    spki: await exportSpki(publicKey),
    algorithm: derSequence(derOid(oid), derNull()),
    sign: async (data) => new Uint8Array(await crypto.subtle.sign({ name }, privateKey, copyBytes(data))),
  };
}

const SHA_256 = '2.16.840.1.101.3.4.2.1';
const SHA_384 = '2.16.840.1.101.3.4.2.2';

export interface PssParameters {
  readonly hash?: string;
  readonly maskHash?: string;
  readonly saltLength?: number;
  readonly trailerField?: number;
}

/** AlgorithmIdentifier of RSASSA-PSS; what is not given is SHA-384, its salt of 48 bytes and no trailer. */
export function pssAlgorithm(parameters: PssParameters = {}): Bytes {
  const { hash = SHA_384, maskHash = SHA_384, saltLength = 48, trailerField } = parameters;
  return derSequence(
    derOid('1.2.840.113549.1.1.10'),
    derSequence(
      derExplicit(0, derSequence(derOid(hash), derNull())),
      derExplicit(1, derSequence(derOid('1.2.840.113549.1.1.8'), derSequence(derOid(maskHash), derNull()))),
      derExplicit(2, derUnsignedInteger(saltLength)),
      ...(trailerField === undefined ? [] : [derExplicit(3, derUnsignedInteger(trailerField))]),
    ),
  );
}

async function rsaPssKey(
  kind: MintKeyKind,
  modulusLength: number,
  hash: 'SHA-256' | 'SHA-384',
): Promise<MintKey> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: 'RSA-PSS', modulusLength, publicExponent: PUBLIC_EXPONENT, hash },
    true,
    ['sign'],
  );
  const [oid, saltLength] = hash === 'SHA-256' ? [SHA_256, 32] : [SHA_384, 48];
  return {
    kind,
    spki: await exportSpki(publicKey),
    algorithm: pssAlgorithm({ hash: oid, maskHash: oid, saltLength }),
    sign: async (data) =>
      new Uint8Array(await crypto.subtle.sign({ name: 'RSA-PSS', saltLength }, privateKey, copyBytes(data))),
  };
}

async function ed25519Key(): Promise<MintKey> {
  const keys = await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']);
  if (!('publicKey' in keys)) throw new TypeError('Ed25519 keys come in pairs');
  const { publicKey, privateKey } = keys;
  return {
    kind: 'ed25519',
    spki: await exportSpki(publicKey),
    algorithm: derSequence(derOid('1.3.101.112')),
    sign: async (data) =>
      new Uint8Array(await crypto.subtle.sign({ name: 'Ed25519' }, privateKey, copyBytes(data))),
  };
}
