import { copyBytes, equalBytes, type Bytes } from '@asterism/bytes';
import { X509Error } from '../errors.ts';
import type { CryptoKey } from '../webcrypto.ts';
import { contentIndex } from './content-index.ts';
import { parsePublicKey, type Curve, type PublicKey } from './public-key.ts';

/** How WebCrypto is to take a key: for one algorithm, of RSA also for one hash. */
export type ImportAlgorithm =
  | { readonly name: string; readonly hash: string }
  | { readonly name: 'ECDSA'; readonly namedCurve: Curve }
  | { readonly name: 'Ed25519' };

/** A public key that was read, and taken by WebCrypto where it was used. */
interface KnownKey {
  readonly spki: Bytes;
  readonly key: PublicKey;
  readonly imports: Map<string, CryptoKey>;
}

/**
 * Keys that were met. Two of one index displace each other, and are compared in full. Reading and importing a key costs
 * half of what checking a signature of P-256 does.
 */
const known = new Map<number, KnownKey>();
const MOST_KNOWN = 1024;
/** Longer ones are of RSA with over 8192 bits, which no signature is accepted from. */
const MOST_SPKI_BYTES = 2048;

/** `parsePublicKey`, once for the same bytes. @throws X509Error `der-*`, `key-malformed` */
export function knownPublicKey(spki: Uint8Array): PublicKey {
  return find(spki).key;
}

/** The key as WebCrypto's, once for the same bytes and algorithm. @throws X509Error `der-*`, `key-malformed` */
export async function importPublicKey(spki: Uint8Array, algorithm: ImportAlgorithm): Promise<CryptoKey> {
  const { key, imports } = find(spki);
  const purpose = 'hash' in algorithm ? `${algorithm.name} ${algorithm.hash}` : algorithm.name;
  const imported = imports.get(purpose);
  if (imported !== undefined) return imported;
  try {
    const fresh = await crypto.subtle.importKey('spki', key.spki, algorithm, false, ['verify']);
    imports.set(purpose, fresh);
    return fresh;
  } catch (cause) {
    throw new X509Error('key-malformed', 'public key does not import', { cause });
  }
}

function find(spki: Uint8Array): KnownKey {
  const index = contentIndex(spki);
  const found = known.get(index);
  if (found !== undefined && equalBytes(found.spki, spki)) return found;
  const met = { spki: copyBytes(spki), key: parsePublicKey(spki), imports: new Map<string, CryptoKey>() };
  if (spki.length > MOST_SPKI_BYTES) return met;
  const [oldest] = known.keys();
  if (known.size >= MOST_KNOWN && oldest !== undefined) known.delete(oldest);
  known.set(index, met);
  return met;
}
