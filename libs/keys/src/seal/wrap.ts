import { concat, frame } from '@asterism/bytes';
import { createCipheriv, createDecipheriv } from 'node:crypto';
import { KeysError } from '../errors.ts';
import { wipe } from '../wipe.ts';

const VERSION = 1;
const IV = 12;
const TAG = 16;

/**
 * AES-256-GCM under a 32-byte key. Layout: version (1), initialisation vector (12), ciphertext, tag (16).
 * @param iv 12 random bytes, never used twice with one key
 * @param context authenticated, not stored: what the secret is for
 */
export function wrap(key: Uint8Array, iv: Uint8Array, secret: Uint8Array, context: Uint8Array): Uint8Array {
  requireLength(key, 32, 'wrapping key');
  requireLength(iv, IV, 'initialisation vector');
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: TAG });
  cipher.setAAD(context);
  return concat(Uint8Array.of(VERSION), iv, cipher.update(secret), cipher.final(), cipher.getAuthTag());
}

/** @throws KeysError `seal-malformed` on another layout, `seal-wrong` on another key, context or changed bytes. */
export function unwrap(key: Uint8Array, wrapped: Uint8Array, context: Uint8Array): Uint8Array {
  requireLength(key, 32, 'wrapping key');
  if (wrapped.length < 1 + IV + TAG || wrapped[0] !== VERSION) {
    throw new KeysError('seal-malformed', 'wrapped secret is too short or of another version', {
      got: wrapped[0],
      want: VERSION,
    });
  }
  const decipher = createDecipheriv('aes-256-gcm', key, wrapped.subarray(1, 1 + IV), { authTagLength: TAG });
  decipher.setAAD(context);
  decipher.setAuthTag(wrapped.subarray(wrapped.length - TAG));
  try {
    return concat(decipher.update(wrapped.subarray(1 + IV, wrapped.length - TAG)), decipher.final());
  } catch (cause) {
    throw new KeysError('seal-wrong', 'wrapped secret does not open with this key and context', { cause });
  }
}

/** Context of a cluster root: binds the wrapped root to the row of its cluster (lower-case UUID). */
function rootContext(cluster: string): Uint8Array {
  return frame('asterism/cluster-root/v1', cluster.toLowerCase());
}

/**
 * Cluster root under the API's KEK; `cluster` is the UUID and authenticated, so rows cannot be swapped.
 * @param root 32 bytes; 16 to 64 where it is the master secret of a Constellation cluster
 */
export function wrapClusterRoot(
  kek: Uint8Array,
  cluster: string,
  root: Uint8Array,
  random: RandomSource,
): Uint8Array {
  if (root.length < 16 || root.length > 64) {
    throw new KeysError('derivation-invalid', 'cluster root is not 16 to 64 bytes', { got: root.length });
  }
  return wrap(kek, random(IV), root, rootContext(cluster));
}

/** @throws KeysError `seal-wrong` under another KEK or for another cluster. */
export function unwrapClusterRoot(kek: Uint8Array, cluster: string, wrapped: Uint8Array): Uint8Array {
  return unwrap(kek, wrapped, rootContext(cluster));
}

/** Whether it is that cluster's root under this KEK. */
export function opensClusterRoot(kek: Uint8Array, cluster: string, wrapped: Uint8Array): boolean {
  try {
    wipe(unwrapClusterRoot(kek, cluster, wrapped));
    return true;
  } catch (cause) {
    if (cause instanceof KeysError) return false;
    throw cause;
  }
}

/** `length` unpredictable bytes; `randomBytes` of node:crypto outside tests. */
export type RandomSource = (length: number) => Uint8Array;

function requireLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) {
    throw new KeysError('derivation-invalid', `${what} is not ${length} bytes`, {
      got: bytes.length,
      want: length,
    });
  }
}
