import { copyBytes, type Bytes } from '@asterism/bytes';
import { readSignatureAlgorithm } from '../certificate/algorithm.ts';
import { readName, type Name } from '../certificate/name.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, TAG } from '../der/tag.ts';
import { asX509Error, X509Error } from '../errors.ts';
import { verifySignature } from '../signature/verify-signature.ts';

const MAX_CSR_BYTES = 64 * 1024;

/** A request whose signature holds. It lends its key only: subject and extensions are the asker's wishes. */
export interface CertificateRequest {
  readonly der: Bytes;
  readonly subject: Name;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Bytes;
}

/**
 * CertificationRequest (RFC 2986 §4) and its proof of possession. Attributes are not read.
 * @throws X509Error `der-*`, `csr-malformed`, `too-large`; ChainError `signature-invalid`, `algorithm-refused`
 */
export async function verifyCsr(der: Uint8Array): Promise<CertificateRequest> {
  if (der.length > MAX_CSR_BYTES) {
    throw new X509Error('too-large', 'certificate request is too large', {
      got: der.length,
      want: MAX_CSR_BYTES,
    });
  }
  const parsed = asX509Error('csr-malformed', () => readCsr(der));
  await verifySignature(parsed.spki, parsed.algorithm, parsed.info, parsed.signature);
  return { der: copyBytes(der), subject: parsed.subject, spki: parsed.spki };
}

function readCsr(der: Uint8Array) {
  const request = DerReader.of(der).enter(TAG.sequence);
  const info = request.element(TAG.sequence).der;
  const algorithm = readSignatureAlgorithm(request);
  const signature = request.bitStringOctets();
  request.expectEnd();
  const fields = DerReader.of(info).enter(TAG.sequence);
  const version = fields.smallInteger();
  if (version !== 0) throw new X509Error('csr-malformed', 'unknown version', { got: version, want: 0 });
  const subject = readName(fields);
  const spki = copyBytes(fields.element(TAG.sequence).der);
  if (fields.nextTag === contextConstructed(0)) fields.element();
  fields.expectEnd();
  return { info, algorithm, signature, subject, spki };
}
