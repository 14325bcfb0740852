import { concat } from '@asterism/bytes';
import { KekError, kekContextBytes, type KekContext, type RandomSource } from '@asterism/keys';
import { createCipheriv, createDecipheriv } from 'node:crypto';

const VERSION = 1;
const KEY = 32;
const IV = 12;
const TAG = 16;

/** A content key under the service's KEK, in the service's own form. */
export interface ContentKeyService {
  wrapContentKey(contentKey: Uint8Array): Promise<Uint8Array>;
  unwrapContentKey(wrapped: Uint8Array): Promise<Uint8Array>;
}

/**
 * For services that authenticate no additional data: a fresh content key is wrapped by the service, and AES-256-GCM under
 * it binds the plaintext to its context. Layout: version (1), length of the wrapped content key (2, big-endian), that key,
 * initialisation vector (12), ciphertext, tag (16).
 */
export async function sealEnvelope(
  service: Pick<ContentKeyService, 'wrapContentKey'>,
  plaintext: Uint8Array,
  context: KekContext,
  random: RandomSource,
): Promise<Uint8Array> {
  const contentKey = random(KEY);
  try {
    const wrapped = await service.wrapContentKey(contentKey);
    const iv = random(IV);
    const cipher = createCipheriv('aes-256-gcm', contentKey, iv, { authTagLength: TAG });
    cipher.setAAD(kekContextBytes(context));
    const head = Uint8Array.of(VERSION, wrapped.length >> 8, wrapped.length & 0xff);
    return concat(head, wrapped, iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag());
  } finally {
    contentKey.fill(0);
  }
}

/** @throws KekError `kek-ciphertext-wrong` on another layout, context or key */
export async function openEnvelope(
  service: Pick<ContentKeyService, 'unwrapContentKey'>,
  ciphertext: Uint8Array,
  context: KekContext,
): Promise<Uint8Array> {
  const wrappedLength = ((ciphertext[1] ?? 0) << 8) | (ciphertext[2] ?? 0);
  const ivAt = 3 + wrappedLength;
  if (ciphertext[0] !== VERSION || ciphertext.length < ivAt + IV + TAG) {
    throw new KekError('kek-ciphertext-wrong', 'wrapped key is too short or of another version');
  }
  const contentKey = await service.unwrapContentKey(ciphertext.slice(3, ivAt));
  try {
    if (contentKey.length !== KEY) {
      throw new KekError('kek-ciphertext-wrong', 'content key is of another length', {
        got: contentKey.length,
        want: KEY,
      });
    }
    return open(contentKey, ciphertext.subarray(ivAt), context);
  } finally {
    contentKey.fill(0);
  }
}

function open(contentKey: Uint8Array, sealed: Uint8Array, context: KekContext): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', contentKey, sealed.subarray(0, IV), {
    authTagLength: TAG,
  });
  decipher.setAAD(kekContextBytes(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  try {
    return concat(decipher.update(sealed.subarray(IV, sealed.length - TAG)), decipher.final());
  } catch {
    // No cause: it says nothing that the code does not.
    throw new KekError('kek-ciphertext-wrong', 'wrapped key does not open with this KEK and context');
  }
}
