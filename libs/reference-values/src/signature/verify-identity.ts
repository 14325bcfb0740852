import { X509Certificate } from 'node:crypto';
import { SignedFileError, SignerError } from '../errors.ts';
import { parseFileBundle, requireDigest } from './bundle.ts';
import { requireLoggedVerifier } from './logged-verifier.ts';
import { signingTimeOf } from './signing-time.ts';
import { parseTrustedRoot } from './trusted-root.ts';
import { toEntity, verifyEntity } from './verify-entity.ts';

/** A file whose signer is named by a short-lived certificate of an authority such as Fulcio. */
export interface IdentitySignature {
  readonly kind: 'identity';
  /** Text of the Sigstore bundle. */
  readonly bundle: string;
  /** Text of the trusted root. */
  readonly trustedRoot: string;
  /** The whole subject alternative name: a URI or mail address, compared letter by letter. */
  readonly identity: string;
  /** The whole OIDC issuer. */
  readonly issuer: string;
}

export interface VerifiedIdentity {
  readonly kind: 'identity';
  readonly identity: string;
  readonly issuer: string;
  readonly signedAt: Date;
  readonly logIndex: string;
}

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';

/**
 * Proves offline that `identity`, as `issuer` knew it, signed exactly these bytes, while the certificate was valid, and that
 * the signature is in a transparency log: certificate chain, certificate log, log promise and inclusion proof, timestamps.
 * @throws SignedFileInputError, SignedFileError, SignerError
 */
export async function verifyIdentitySignature(
  file: Uint8Array,
  wanted: IdentitySignature,
): Promise<VerifiedIdentity> {
  const bundle = parseFileBundle(wanted.bundle);
  const trust = parseTrustedRoot(wanted.trustedRoot);
  const { content, tlogEntries } = bundle.verificationMaterial;
  if (content.$case === 'publicKey') {
    throw new SignedFileError('certificate-refused', 'the bundle names a key and no certificate');
  }
  await requireDigest(file, bundle);
  const entity = toEntity(bundle, file);
  const { identity } = verifyEntity(entity, trust.material, {
    tlogThreshold: 1,
    timestampThreshold: 1,
    ctlogThreshold: trust.certificateLogs ? 1 : 0,
  });
  const certificate =
    content.$case === 'certificate' ? content.certificate : content.x509CertificateChain.certificates[0];
  const der = certificate?.rawBytes ?? new Uint8Array();
  requireLoggedVerifier(tlogEntries, der);
  requireCodeSigning(der);
  // Not by the library's policy, which takes the identity as a pattern and finds it anywhere in the name.
  requireSame('identity-mismatch', identity?.subjectAlternativeName, wanted.identity);
  requireSame('issuer-mismatch', identity?.extensions?.issuer, wanted.issuer);
  return {
    kind: 'identity',
    identity: wanted.identity,
    issuer: wanted.issuer,
    // The threshold above has made sure of a time.
    signedAt: signingTimeOf(entity) ?? new Date(0),
    logIndex: tlogEntries[0]?.logIndex ?? '',
  };
}

function requireSame(code: 'identity-mismatch' | 'issuer-mismatch', got: string | undefined, want: string) {
  if (got !== undefined && got === want) return;
  const what = code === 'identity-mismatch' ? 'signed by somebody else' : 'known by another issuer';
  throw new SignerError(code, `${what}: got ${got ?? 'nobody'}, want ${want}`, { got, want });
}

/** Sigstore client specification, §4.1: the certificate must be for signing code. */
function requireCodeSigning(der: Uint8Array): void {
  if (new X509Certificate(der).keyUsage?.includes(CODE_SIGNING)) return;
  throw new SignedFileError('certificate-refused', 'the certificate is not for signing code');
}
