import {
  verifyIdentitySignature,
  verifyKeySignature,
  type VerifiedSignature,
} from '@asterism/reference-values';
import { readText } from '../connection/endpoint.ts';
import { UsageError } from '../errors.ts';

export interface SignatureOptions {
  readonly bundle?: string;
  readonly trustedRoot?: string;
  readonly identity?: string;
  readonly issuer?: string;
  readonly key?: string;
  readonly signature?: string;
}

/**
 * Verifies by an identity or by a key, whichever the options name: never by both, never by neither.
 * @throws UsageError `usage`, and what the verification throws
 */
export async function verifySignatureFiles(
  file: Uint8Array,
  options: SignatureOptions,
): Promise<VerifiedSignature> {
  const { key, bundle, signature, trustedRoot, identity, issuer } = options;
  if (key !== undefined) {
    if (identity !== undefined || issuer !== undefined) {
      throw new UsageError('usage', '--key is in the place of --identity and --issuer');
    }
    const publicKey = await readText(key, 'key');
    return verifyKeySignature(file, { kind: 'key', publicKey, signed: await signedByKey(options) });
  }
  if (bundle === undefined || trustedRoot === undefined || identity === undefined || issuer === undefined) {
    throw new UsageError(
      'usage',
      'who signed? --bundle, --trusted-root, --identity and --issuer, or --key with --signature or --bundle',
    );
  }
  if (signature !== undefined) throw new UsageError('usage', '--signature belongs to --key');
  return verifyIdentitySignature(file, {
    kind: 'identity',
    bundle: await readText(bundle, 'bundle'),
    trustedRoot: await readText(trustedRoot, 'trusted root'),
    identity,
    issuer,
  });
}

async function signedByKey({ bundle, signature, trustedRoot }: SignatureOptions) {
  if ((bundle === undefined) === (signature === undefined)) {
    throw new UsageError('usage', '--key needs one of --signature and --bundle');
  }
  if (signature !== undefined) {
    if (trustedRoot !== undefined) {
      throw new UsageError('usage', '--trusted-root needs a bundle: a signature alone is in no log');
    }
    return { signature: await readText(signature, 'signature') };
  }
  return {
    bundle: await readText(bundle ?? '', 'bundle'),
    trustedRoot: trustedRoot === undefined ? null : await readText(trustedRoot, 'trusted root'),
  };
}
