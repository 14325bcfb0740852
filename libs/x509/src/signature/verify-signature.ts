import { copyBytes, type Bytes } from '@asterism/bytes';
import type { SignatureAlgorithm, SignatureHash } from '../certificate/algorithm.ts';
import { ChainError, X509Error } from '../errors.ts';
import { ecdsaDerToRaw } from './ecdsa.ts';
import { importPublicKey, knownPublicKey, type ImportAlgorithm } from './known-keys.ts';
import { CURVES, type Curve, type PublicKey } from './public-key.ts';

/** NIST SP 800-131A; the upper bound is a bound on work. */
const RSA_BITS = { least: 2048, most: 8192 };

type StrongHash = Exclude<SignatureHash, 'SHA-1'>;

interface Verification {
  readonly importAs: ImportAlgorithm;
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
  await check(spki, planVerification(knownPublicKey(spki), algorithm, signature), data);
}

/**
 * `verifySignature` for formats that are not X.509: ECDSA on one curve, the signature as `r ‖ s` of the curve's length.
 * @throws ChainError `algorithm-refused` on a key of another kind or curve, `signature-invalid`
 * @throws X509Error `key-malformed`, `der-*` when the key cannot be read.
 */
export async function verifyRawEcdsa(
  spki: Uint8Array,
  { curve, hash }: { readonly curve: Curve; readonly hash: StrongHash },
  data: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  const key = knownPublicKey(spki);
  if (key.kind !== 'ec' || key.curve !== curve) {
    const got = key.kind === 'ec' ? key.curve : key.kind;
    throw new ChainError('algorithm-refused', `key is not of ${curve}`, { got, want: curve });
  }
  const want = 2 * CURVES[curve].bytes;
  if (signature.length !== want) {
    throw new ChainError('signature-invalid', 'signature has a wrong length', {
      got: signature.length,
      want,
    });
  }
  await check(spki, ecdsaVerification(curve, hash, copyBytes(signature)), data);
}

async function check(spki: Uint8Array, plan: Verification, data: Uint8Array): Promise<void> {
  const key = await importPublicKey(spki, plan.importAs);
  const genuine = await crypto.subtle.verify(plan.verifyAs, key, plan.signature, copyBytes(data));
  if (!genuine) throw new ChainError('signature-invalid', 'signature does not verify under this key');
}

function ecdsaVerification(namedCurve: Curve, hash: StrongHash, signature: Bytes): Verification {
  return { importAs: { name: 'ECDSA', namedCurve }, verifyAs: { name: 'ECDSA', hash }, signature };
}

function planVerification(
  key: PublicKey,
  algorithm: SignatureAlgorithm,
  signature: Uint8Array,
): Verification {
  if (algorithm.kind === 'rsa-pkcs1' && key.kind === 'rsa' && key.pssOnly === undefined) {
    checkRsa(key.bits, signature);
    return {
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
      importAs: { name: 'RSA-PSS', hash: strong(algorithm.hash) },
      verifyAs: { name: 'RSA-PSS', saltLength: algorithm.saltLength },
      signature: copyBytes(signature),
    };
  }
  if (algorithm.kind === 'ecdsa' && key.kind === 'ec') {
    return ecdsaVerification(key.curve, strong(algorithm.hash), rawEcdsa(signature, key.curve));
  }
  if (algorithm.kind === 'ed25519' && key.kind === 'ed25519') {
    return {
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
