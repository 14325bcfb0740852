import { fromUtf8, type Bytes } from '@asterism/bytes';
import { cutPadding, parseCertificate, parsePem, type Certificate } from '@asterism/x509';

const PEM_CERTIFICATE = '-----BEGIN CERTIFICATE-----';
const DER_SEQUENCE = 0x30;

/**
 * Certificates of a file: any number in PEM, or one in DER, which may be padded as a TPM's NV index is. Empty where the
 * bytes are neither.
 * @throws X509Error where they are, and broken
 */
export function readCertificates(bytes: Bytes): Certificate[] {
  if (bytes[0] === DER_SEQUENCE) return [parseCertificate(cutPadding(bytes))];
  const text = textOf(bytes);
  return text?.includes(PEM_CERTIFICATE) === true ? parsePem(text).map(parseCertificate) : [];
}

/** Null where the bytes are no text. */
export function textOf(bytes: Bytes): string | null {
  if (bytes.includes(0)) return null;
  try {
    return fromUtf8(bytes);
  } catch {
    return null;
  }
}
