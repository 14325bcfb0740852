import { concat, type Bytes } from '@asterism/bytes';
import {
  ChainError,
  derBitString,
  derOid,
  derSequence,
  ecdsaRawToDer,
  verifySignature,
  X509Error,
} from '@asterism/x509';
import { TdxNotGenuineError, type TdxNotGenuineErrorCode } from '../errors.ts';

/** SubjectPublicKeyInfo of a P-256 point given as `x ‖ y`. */
export function spkiOfPoint(point: Uint8Array): Bytes {
  return derSequence(
    derSequence(derOid('1.2.840.10045.2.1'), derOid('1.2.840.10045.3.1.7')),
    derBitString(concat(Uint8Array.of(4), point)),
  );
}

/** ECDSA P-256 with SHA-256, `r ‖ s`. @throws TdxNotGenuineError of the code given */
export async function verifyP256(
  code: TdxNotGenuineErrorCode,
  spki: Uint8Array,
  signed: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  try {
    const der = ecdsaRawToDer(signature, 'P-256');
    await verifySignature(spki, { kind: 'ecdsa', hash: 'SHA-256' }, signed, der);
  } catch (cause) {
    if (!(cause instanceof ChainError || cause instanceof X509Error)) throw cause;
    throw new TdxNotGenuineError(code, 'signature does not verify', { cause });
  }
}
