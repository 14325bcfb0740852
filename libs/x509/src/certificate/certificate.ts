import { copyBytes, equalBytes, toHex, type Bytes } from '@asterism/bytes';
import { asX509Error, X509Error } from '../errors.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, contextPrimitive, TAG } from '../der/tag.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './algorithm.ts';
import {
  decodeAuthorityKeyIdentifier,
  decodeBasicConstraints,
  decodeExtendedKeyUsage,
  decodeKeyUsage,
  decodeSubjectAltName,
  decodeSubjectKeyIdentifier,
  EXTENSION,
  readExtensions,
  type BasicConstraints,
  type Extension,
  type KeyUsage,
} from './extensions.ts';
import type { GeneralName } from './general-name.ts';
import { readName, type Name } from './name.ts';

/** Largest certificate that is read, in bytes. */
const MAX_CERTIFICATE_BYTES = 64 * 1024;

/** A certificate as it stands. Nothing in it is verified: that is `verifyChain`'s. */
export interface Certificate {
  readonly der: Bytes;
  /** TBSCertificate, exactly the bytes that are signed. */
  readonly tbs: Bytes;
  readonly version: 1 | 2 | 3;
  /** Lower-case hexadecimal of the magnitude, without leading zero octets; `00` is zero. */
  readonly serial: string;
  readonly signatureAlgorithm: SignatureAlgorithm;
  readonly signature: Bytes;
  readonly issuer: Name;
  /** May be empty: EK certificates name the TPM in `subjectAltNames`. */
  readonly subject: Name;
  readonly notBefore: Date;
  /** Inclusive, to the second. */
  readonly notAfter: Date;
  /** SubjectPublicKeyInfo, DER. */
  readonly spki: Bytes;
  readonly extensions: readonly Extension[];
  readonly basicConstraints: BasicConstraints | undefined;
  readonly keyUsage: ReadonlySet<KeyUsage> | undefined;
  /** Object identifiers. */
  readonly extendedKeyUsage: readonly string[] | undefined;
  readonly subjectAltNames: readonly GeneralName[];
  readonly subjectKeyIdentifier: Bytes | undefined;
  readonly authorityKeyIdentifier: Bytes | undefined;
}

/**
 * Certificate (RFC 5280 §4.1) from strict DER, at most 64 KiB. Bytes read from a TPM's NV index may be padded: cut
 * them with `cutPadding` first.
 * @throws X509Error `der-*`, `certificate-malformed`, `too-large`
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) {
    throw new X509Error('too-large', 'certificate is too large', {
      got: der.length,
      want: MAX_CERTIFICATE_BYTES,
    });
  }
  return asX509Error('certificate-malformed', () => readCertificate(der));
}

function readCertificate(der: Uint8Array): Certificate {
  const certificate = DerReader.of(der).enter(TAG.sequence);
  const tbs = certificate.element(TAG.sequence).der;
  const outer = certificate.element(TAG.sequence).der;
  const signature = certificate.bitStringOctets();
  certificate.expectEnd();

  const fields = DerReader.of(tbs).enter(TAG.sequence);
  const version = readVersion(fields);
  const serial = toHex(fields.unsignedInteger());
  if (serial.length > 2 * 20)
    throw new X509Error('certificate-malformed', 'serial is over 20 octets', { got: serial });
  const inner = fields.element(TAG.sequence).der;
  // RFC 5280 §4.1.1.2; the outer one is not signed, so a difference is an edit.
  if (!equalBytes(inner, outer)) {
    throw new X509Error('certificate-malformed', 'inner and outer signature algorithm differ', {
      got: toHex(outer),
      want: toHex(inner),
    });
  }
  const signatureAlgorithm = readSignatureAlgorithm(DerReader.of(inner));
  const issuer = readName(fields);
  const validity = fields.enter(TAG.sequence);
  const notBefore = validity.time();
  const notAfter = validity.time();
  validity.expectEnd();
  const subject = readName(fields);
  const spki = copyBytes(fields.element(TAG.sequence).der);
  if (version > 1) for (const id of [1, 2]) if (fields.nextTag === contextPrimitive(id)) fields.element();
  const wrapped = version === 3 ? fields.enterOptional(contextConstructed(3)) : undefined;
  const extensions = wrapped === undefined ? [] : readExtensions(wrapped);
  wrapped?.expectEnd();
  fields.expectEnd();

  return {
    der: copyBytes(der),
    tbs: copyBytes(tbs),
    version,
    serial,
    signatureAlgorithm,
    signature,
    issuer,
    subject,
    notBefore,
    notAfter,
    spki,
    extensions,
    basicConstraints: decode(extensions, EXTENSION.basicConstraints, decodeBasicConstraints),
    keyUsage: decode(extensions, EXTENSION.keyUsage, decodeKeyUsage),
    extendedKeyUsage: decode(extensions, EXTENSION.extendedKeyUsage, decodeExtendedKeyUsage),
    subjectAltNames: decode(extensions, EXTENSION.subjectAltName, decodeSubjectAltName) ?? [],
    subjectKeyIdentifier: decode(extensions, EXTENSION.subjectKeyIdentifier, decodeSubjectKeyIdentifier),
    authorityKeyIdentifier: decode(
      extensions,
      EXTENSION.authorityKeyIdentifier,
      decodeAuthorityKeyIdentifier,
    ),
  };
}

/** `[0] EXPLICIT INTEGER DEFAULT v1`. */
function readVersion(fields: DerReader): 1 | 2 | 3 {
  const wrapped = fields.enterOptional(contextConstructed(0));
  if (wrapped === undefined) return 1;
  const version = wrapped.smallInteger();
  wrapped.expectEnd();
  if (version === 1) return 2;
  if (version === 2) return 3;
  throw new X509Error('certificate-malformed', 'unknown version', { got: version, want: 2 });
}

export function decode<T>(
  extensions: readonly Extension[],
  oid: string,
  read: (value: Uint8Array) => T,
): T | undefined {
  const extension = extensions.find((candidate) => candidate.oid === oid);
  return extension === undefined ? undefined : read(extension.value);
}
