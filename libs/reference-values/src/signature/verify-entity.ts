import { toSignedEntity, VerificationError, Verifier, type TrustMaterial } from '@sigstore/verify';
import type { BundleWithMessageSignature } from '@sigstore/bundle';
import { SignedFileError, SignedFileInputError, type SignedFileErrorCode } from '../errors.ts';

type SignedEntity = ReturnType<typeof toSignedEntity>;
type Signer = ReturnType<Verifier['verify']>;
type Thresholds = ConstructorParameters<typeof Verifier>[1];

const CODES: Readonly<Partial<Record<VerificationError['code'], SignedFileErrorCode>>> = {
  SIGNATURE_ERROR: 'signature-invalid',
  PUBLIC_KEY_ERROR: 'signature-invalid',
  CERTIFICATE_ERROR: 'certificate-refused',
  TIMESTAMP_ERROR: 'timestamp-refused',
  TLOG_ERROR: 'log-entry-refused',
  TLOG_BODY_ERROR: 'log-entry-refused',
  TLOG_MISSING_INCLUSION_ERROR: 'log-entry-refused',
  TLOG_INCLUSION_PROMISE_ERROR: 'inclusion-promise-invalid',
  TLOG_INCLUSION_PROOF_ERROR: 'inclusion-proof-invalid',
};

/** Certificates, timestamps and keys inside a bundle are read here, so this may be what finds that they are none. */
export function toEntity(bundle: BundleWithMessageSignature, file: Uint8Array): SignedEntity {
  try {
    return toSignedEntity(bundle, Buffer.from(file));
  } catch (cause) {
    throw new SignedFileInputError('bundle-malformed', 'the bundle cannot be read', { cause });
  }
}

/** Carries out sigstore's verification and gives its refusals this room's codes. @throws SignedFileError */
export function verifyEntity(entity: SignedEntity, trust: TrustMaterial, thresholds: Thresholds): Signer {
  try {
    return new Verifier(trust, thresholds).verify(entity);
  } catch (cause) {
    const code = cause instanceof VerificationError ? CODES[cause.code] : undefined;
    if (code === undefined) {
      throw new SignedFileInputError('bundle-malformed', 'the bundle cannot be verified', { cause });
    }
    throw new SignedFileError(code, messageOf(cause), { cause });
  }
}

/** The library wraps: the innermost message says what is wrong. */
function messageOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${messageOf(cause)}` : message;
}
