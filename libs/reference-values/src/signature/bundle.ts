import { equalBytes, sha256 } from '@asterism/bytes';
import { bundleFromJSON, ValidationError, type BundleWithMessageSignature } from '@sigstore/bundle';
import { HashAlgorithm } from '@sigstore/protobuf-specs';
import { SignedFileError, SignedFileInputError } from '../errors.ts';

/**
 * Reads a Sigstore bundle (versions 0.1 to 0.3) that signs a file itself, as `cosign sign-blob` writes it. Nothing in it is
 * trusted yet. Envelopes (DSSE) sign a statement about a file, and the old format of cosign has no proof of its log.
 * @throws SignedFileInputError `bundle-malformed`, `bundle-unsupported`
 */
export function parseFileBundle(text: string): BundleWithMessageSignature {
  const json = parseObject(text);
  if ('base64Signature' in json) {
    throw new SignedFileInputError(
      'bundle-unsupported',
      'this is the old bundle format of cosign; sign with --new-bundle-format',
    );
  }
  try {
    const bundle = bundleFromJSON(json);
    if (bundle.content.$case === 'messageSignature') return bundle as BundleWithMessageSignature;
  } catch (cause) {
    const fields = cause instanceof ValidationError ? `: ${cause.fields.join(', ')}` : '';
    throw new SignedFileInputError('bundle-malformed', `not a Sigstore bundle${fields}`, { cause });
  }
  throw new SignedFileInputError(
    'bundle-unsupported',
    'the bundle signs an attestation, not a file; want one of cosign sign-blob',
  );
}

/** The digest that the bundle names is checked for its own sake: the signature would only say that something differs. */
export async function requireDigest(file: Uint8Array, bundle: BundleWithMessageSignature): Promise<void> {
  const { algorithm, digest } = bundle.content.messageSignature.messageDigest;
  if (algorithm !== HashAlgorithm.SHA2_256) {
    throw new SignedFileInputError('bundle-unsupported', 'the bundle names another digest than SHA-256');
  }
  if (!equalBytes(await sha256(file), digest)) {
    throw new SignedFileError('digest-mismatch', 'the bundle is for another file');
  }
}

function parseObject(text: string): object {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json;
  } catch (cause) {
    throw new SignedFileInputError('bundle-malformed', 'the bundle is not JSON', { cause });
  }
  throw new SignedFileInputError('bundle-malformed', 'the bundle is not a JSON object');
}
