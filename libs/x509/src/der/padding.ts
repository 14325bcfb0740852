import { copyBytes, type Bytes } from '@asterism/bytes';
import { X509Error } from '../errors.ts';
import { readElement } from './element.ts';

/**
 * The first DER element of bytes that a TPM's NV index holds: indices are larger than their certificate and are
 * filled with 00 or FF (TCG EK Credential Profile 2.5 §2.2.1.4). Anything else behind the element is refused.
 * @throws X509Error `der-*`
 */
export function cutPadding(bytes: Uint8Array): Bytes {
  const { der } = readElement(bytes, 0);
  const padding = bytes.subarray(der.length);
  const filler = padding[0];
  if (
    (filler !== undefined && filler !== 0x00 && filler !== 0xff) ||
    padding.some((octet) => octet !== filler)
  ) {
    throw new X509Error('der-trailing-bytes', 'bytes behind the structure are not padding', {
      got: padding.length,
    });
  }
  return copyBytes(der);
}
