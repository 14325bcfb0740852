import { copyBytes, type Bytes } from '@asterism/bytes';
import type { SignatureAlgorithm, SignatureHash } from '../certificate/algorithm.ts';
import { ChainError, X509Error } from '../errors.ts';
import { ecdsaDerToRaw } from './ecdsa.ts';
import { parsePublicKey, type Curve, type PublicKey } from './public-key.ts';
import type { CryptoKey } from '../webcrypto.ts';

/** NIST SP 800-131A; the upper bound is a bound on work. */
const RSA_BITS = { least: 2048, most: 8192 };

type StrongHash = Exclude<SignatureHash, 'SHA-1'>;

interface Verification {
  readonly spki: Bytes;
  readonly importAs:
    | { readonly name: string; readonly hash: StrongHash }
    | { readonly name: 'ECDSA'; readonly namedCurve: Curve }
    | { readonly name: 'Ed25519' };
  readonly verifyAs: { readonly name: string; readonly hash?: StrongHash; readonly saltLength?: number };
  readonly signature: Bytes;
}

/**
 * Proves that the key of `spki` signed `data`. SHA-1, RSA under 2048 bits, and RSA-PSS whose mask hash, salt length
 * or trailer differ from the hash, its length and 1 are refused before any arithmetic. ECDSA signatures are DER.
 * @throws ChainError `algorithm-refused`, `signature-invalid`
 * @throws X509Error `key-malformed`, `der-*` when the key cannot be read.
 */
export async function verifySignature(
  spki: Uint8Array,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  const plan = planVerification(parsePublicKey(spki), algorithm, signature);
  const key = await importKey(plan);
  const genuine = await crypto.subtle.verify(plan.verifyAs, key, plan.signature, copyBytes(data));
  if (!genuine) throw new ChainError('signature-invalid', 'signature does not verify under this key');
}

function planVerification(
  key: PublicKey,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Verification {
  if (algorithm.kind === 'rsa-pkcs1' && key.kind === 'rsa' && key.pssOnly === undefined) {
    checkRsa(key.bits, signature);
    return {
      spki: key.spki,
      importAs: { name: 'RSASSA-PKCS1-v1_5', hash: strong(algorithm.hash) },
      verifyAs: { name: 'RSASSA-PKCS1-v1_5' },
      signature: copyBytes(signature),
    };
  }
  if (algorithm.kind === 'rsa-pss' && key.kind === 'rsa') {
    checkRsa(key.bits, signature);
    checkPss(algorithm);
    if (key.pssOnly?.parameters !== undefined) checkPssKey(key.pssOnly.parameters, algorithm);
    return {
      spki: key.spki,
      importAs: { name: 'RSA-PSS', hash: strong(algorithm.hash) },
      verifyAs: { name: 'RSA-PSS', saltLength: algorithm.saltLength },
      signature: copyBytes(signature),
    };
  }
  if (algorithm.kind === 'ecdsa' && key.kind === 'ec') {
    const hash = strong(algorithm.hash);
    return {
      spki: key.spki,
      importAs: { name: 'ECDSA', namedCurve: key.curve },
      verifyAs: { name: 'ECDSA', hash },
      signature: rawEcdsa(signature, key.curve),
    };
  }
  if (algorithm.kind === 'ed25519' && key.kind === 'ed25519') {
    return {
      spki: key.spki,
      importAs: { name: 'Ed25519' },
      verifyAs: { name: 'Ed25519' },
      signature: copyBytes(signature),
    };
  }
  throw new ChainError('algorithm-refused', 'signature algorithm does not fit the key or is unknown', {
    got: algorithm.kind === 'unknown' ? algorithm.oid : algorithm.kind,
    want: key.kind,
  });
}

function strong(hash: SignatureHash): StrongHash {
  if (hash === 'SHA-1')
    throw new ChainError('algorithm-refused', 'SHA-1 signatures are refused', { got: hash });
  return hash;
}

function checkRsa(bits: number, signature: Uint8Array): void {
  if (bits < RSA_BITS.least || bits > RSA_BITS.most) {
    throw new ChainError('algorithm-refused', 'RSA key has a refused length in bits', {
      got: bits,
      want: RSA_BITS,
    });
  }
  const want = Math.ceil(bits / 8);
  if (signature.length !== want) {
    throw new ChainError('signature-invalid', 'signature is not as long as the modulus', {
      got: signature.length,
      want,
    });
  }
}

const HASH_BYTES: Readonly<Record<StrongHash, number>> = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 };

type Pss = Extract<SignatureAlgorithm, { kind: 'rsa-pss' }>;

function checkPss({ hash, maskHash, saltLength, trailerField }: Pss): void {
  const want = { maskHash: hash, saltLength: HASH_BYTES[strong(hash)], trailerField: 1 };
  if (maskHash !== want.maskHash || saltLength !== want.saltLength || trailerField !== want.trailerField) {
    throw new ChainError('algorithm-refused', 'RSA-PSS parameters are refused', {
      got: { maskHash, saltLength, trailerField },
      want,
    });
  }
}

/** RFC 4055 §3.3: the key's parameters bind, the salt length as a minimum. */
function checkPssKey(key: Pss, signature: Pss): void {
  if (
    key.hash !== signature.hash ||
    key.maskHash !== signature.maskHash ||
    signature.saltLength < key.saltLength
  ) {
    throw new ChainError('algorithm-refused', 'RSA-PSS parameters are not those of the key', {
      got: signature,
      want: key,
    });
  }
}

function rawEcdsa(signature: Uint8Array, curve: Curve): Bytes {
  try {
    return ecdsaDerToRaw(signature, curve);
  } catch (cause) {
    if (!(cause instanceof X509Error)) throw cause;
    throw new ChainError('signature-invalid', 'ECDSA signature is malformed', { cause });
  }
}

async function importKey(plan: Verification): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('spki', plan.spki, plan.importAs, false, ['verify']);
  } catch (cause) {
    throw new X509Error('key-malformed', 'public key does not import', { cause });
  }
}
