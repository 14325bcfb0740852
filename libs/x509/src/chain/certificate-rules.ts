import { equalBytes } from '@asterism/bytes';
import type { Certificate } from '../certificate/certificate.ts';
import { EKU, EXTENSION, type KeyUsage } from '../certificate/extensions.ts';
import { ChainError } from '../errors.ts';

/** Extensions whose meaning the chain rules, or the caller through the parsed certificate, apply. */
const UNDERSTOOD: readonly string[] = [
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.subjectKeyIdentifier,
  EXTENSION.authorityKeyIdentifier,
];

/** RFC 5280 §4.1.2.5: both ends belong to the period. */
export function isWithinDates({ notBefore, notAfter }: Certificate, at: Date): boolean {
  // `notAfter` names a whole second.
  return at >= notBefore && at.getTime() < notAfter.getTime() + 1000;
}

export function checkDates(certificate: Certificate, at: Date): void {
  const { notBefore, notAfter, subject } = certificate;
  if (isWithinDates(certificate, at)) return;
  if (at < notBefore) {
    throw new ChainError('not-yet-valid', `certificate ${subject.text} is not valid yet`, {
      got: at,
      want: notBefore,
    });
  }
  throw new ChainError('expired', `certificate ${subject.text} has expired`, { got: at, want: notAfter });
}

/** RFC 5280 §4.2: an unknown critical extension rejects the certificate. */
export function checkExtensions(certificate: Certificate, alsoUnderstood: readonly string[]): void {
  for (const { oid, critical } of certificate.extensions) {
    if (oid === EXTENSION.nameConstraints) {
      throw new ChainError(
        'name-constraints-unsupported',
        'name constraints are not evaluated, so they refuse',
        {
          got: certificate.subject.text,
        },
      );
    }
    if (critical && !UNDERSTOOD.includes(oid) && !alsoUnderstood.includes(oid)) {
      throw new ChainError('unknown-critical-extension', 'certificate has an unknown critical extension', {
        got: oid,
      });
    }
  }
}

/** A usage that is asked for must be stated: an absent extension is no permission here. */
export function checkLeafUsage(leaf: Certificate, oneOf: readonly KeyUsage[]): void {
  if (!oneOf.some((usage) => leaf.keyUsage?.has(usage) === true)) {
    throw new ChainError('key-usage', 'leaf may not be used for this', {
      got: [...(leaf.keyUsage ?? [])],
      want: oneOf,
    });
  }
}

export function checkLeafEku(leaf: Certificate, purpose: string): void {
  if (leaf.extendedKeyUsage?.includes(purpose) !== true) {
    throw new ChainError('extended-key-usage', 'leaf is not made for this purpose', {
      got: leaf.extendedKeyUsage ?? [],
      want: purpose,
    });
  }
}

/** Rules for a certificate that issues another: RFC 5280 §6.1.4 (k), (l), (m), (n). */
export function checkIssuer(
  issuer: Certificate,
  below: readonly Certificate[],
  leafEku: string | undefined,
): void {
  const { basicConstraints, keyUsage, extendedKeyUsage, subject, version } = issuer;
  if (version !== 3 || basicConstraints?.ca !== true) {
    throw new ChainError('not-a-ca', `certificate ${subject.text} is not a CA`, {
      got: basicConstraints,
      want: true,
    });
  }
  if (keyUsage?.has('keyCertSign') !== true) {
    throw new ChainError('key-usage', `certificate ${subject.text} may not sign certificates`, {
      got: [...(keyUsage ?? [])],
      want: 'keyCertSign',
    });
  }
  const intermediates = below.slice(1).filter((certificate) => !isSelfIssued(certificate)).length;
  if (basicConstraints.pathLength !== undefined && intermediates > basicConstraints.pathLength) {
    throw new ChainError('path-length-exceeded', `more CAs below ${subject.text} than it allows`, {
      got: intermediates,
      want: basicConstraints.pathLength,
    });
  }
  if (leafEku !== undefined && extendedKeyUsage !== undefined) {
    // Not in RFC 5280, but what CAs mean by it and what other verifiers enforce.
    if (!extendedKeyUsage.includes(leafEku) && !extendedKeyUsage.includes(EKU.any)) {
      throw new ChainError('extended-key-usage', `CA ${subject.text} is not for this purpose`, {
        got: extendedKeyUsage,
        want: leafEku,
      });
    }
  }
}

export function isSelfIssued(certificate: Certificate): boolean {
  return equalBytes(certificate.issuer.der, certificate.subject.der);
}

/** False when both sides name the issuer's key and the names differ (RFC 5280 §4.2.1.1). */
export function keyIdentifiersAgree(child: Certificate, issuer: Certificate): boolean {
  const { authorityKeyIdentifier } = child;
  const { subjectKeyIdentifier } = issuer;
  if (authorityKeyIdentifier === undefined || subjectKeyIdentifier === undefined) return true;
  return equalBytes(authorityKeyIdentifier, subjectKeyIdentifier);
}
