import { concat, copyBytes, type Bytes } from '@asterism/bytes';
import { DerReader } from '../der/reader.ts';
import { TAG } from '../der/tag.ts';
import { derSequence, derUnsignedInteger } from '../der/writer.ts';
import { X509Error } from '../errors.ts';
import { CURVES, type Curve } from './public-key.ts';

/**
 * Ecdsa-Sig-Value (RFC 3279 §2.2.3) to `r ‖ s` of WebCrypto, each as long as the curve's field.
 * @throws X509Error `der-*`, `signature-malformed` when r or s is zero or longer than the field.
 */
export function ecdsaDerToRaw(signature: Uint8Array, curve: Curve): Bytes {
  const fields = DerReader.of(signature).enter(TAG.sequence);
  const r = fields.unsignedInteger();
  const s = fields.unsignedInteger();
  fields.expectEnd();
  return concat(leftPad(r, curve), leftPad(s, curve));
}

/** `r ‖ s` to Ecdsa-Sig-Value. @throws X509Error `signature-malformed` on a wrong length. */
export function ecdsaRawToDer(raw: Uint8Array, curve: Curve): Bytes {
  const half = CURVES[curve].bytes;
  if (raw.length !== 2 * half) {
    throw new X509Error('signature-malformed', 'raw signature has a wrong length', {
      got: raw.length,
      want: 2 * half,
    });
  }
  return derSequence(
    derUnsignedInteger(raw.subarray(0, half)),
    derUnsignedInteger(copyBytes(raw.subarray(half))),
  );
}

function leftPad(magnitude: Uint8Array, curve: Curve): Bytes {
  const { bytes } = CURVES[curve];
  if (magnitude.length > bytes || magnitude.every((octet) => octet === 0)) {
    throw new X509Error('signature-malformed', 'r or s is out of range', {
      got: magnitude.length,
      want: bytes,
    });
  }
  const padded = new Uint8Array(bytes);
  padded.set(magnitude, bytes - magnitude.length);
  return padded;
}
