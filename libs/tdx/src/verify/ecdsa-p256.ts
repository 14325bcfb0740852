import { concat, copyBytes, toHex, type Bytes } from '@asterism/bytes';
import { parsePublicKey, X509Error } from '@asterism/x509';
import { TdxNotGenuineError, type TdxNotGenuineErrorCode } from '../errors.ts';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;

/** A key that WebCrypto has taken: a point of the curve. */
export type P256Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** Key of a certificate. @throws TdxNotGenuineError of the code given, on a key of another kind. */
export async function importSpki(code: TdxNotGenuineErrorCode, spki: Bytes): Promise<P256Key> {
  try {
    const key = parsePublicKey(spki);
    if (key.kind === 'ec' && key.curve === 'P-256') return await importKey('spki', key.spki);
  } catch (cause) {
    if (!(cause instanceof X509Error || cause instanceof DOMException)) throw cause;
    throw new TdxNotGenuineError(code, 'public key cannot be read', { cause });
  }
  throw new TdxNotGenuineError(code, 'public key is not of P-256');
}

/** Attestation key, `x ‖ y`. @throws TdxNotGenuineError `attestation-key-invalid` on what is no point of the curve. */
export async function importPoint(point: Uint8Array): Promise<P256Key> {
  try {
    return await importKey('raw', concat(Uint8Array.of(4), point));
  } catch (cause) {
    if (!(cause instanceof DOMException)) throw cause;
    throw new TdxNotGenuineError('attestation-key-invalid', 'attestation key is not on P-256', {
      cause,
      got: toHex(point),
    });
  }
}

/** Whether `r ‖ s` is the key's signature, ECDSA with SHA-256. */
export async function isSignedBy(key: P256Key, signed: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return crypto.subtle.verify(
    { name: 'ECDSA', hash: 'SHA-256' },
    key,
    copyBytes(signature),
    copyBytes(signed),
  );
}

function importKey(format: 'spki' | 'raw', bytes: Bytes): Promise<P256Key> {
  return crypto.subtle.importKey(format, bytes, P256, false, ['verify']);
}
