import { fromBase64, sha256, toHex } from '@asterism/bytes';
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { SignedFileError, SignedFileInputError } from '../errors.ts';
import { parseFileBundle, requireDigest } from './bundle.ts';
import { requireLoggedVerifier } from './logged-verifier.ts';
import { signingTimeOf } from './signing-time.ts';
import { parseTrustedRoot } from './trusted-root.ts';
import { toEntity, verifyEntity } from './verify-entity.ts';

/** A file signed with a key that the caller holds the public half of, such as `cosign sign-blob --key`. */
export interface KeySignature {
  readonly kind: 'key';
  /** PEM of a P-256 public key. */
  readonly publicKey: string;
  /** Base64 of the DER signature over the file, or a Sigstore bundle with it. */
  readonly signed:
    | { readonly signature: string }
    | {
        readonly bundle: string;
        /** With it the bundle must prove its entry in the root's log; null leaves the log unread. */
        readonly trustedRoot: string | null;
      };
}

export interface VerifiedKey {
  readonly kind: 'key';
  /** SHA-256 of the key's SubjectPublicKeyInfo, hexadecimal. */
  readonly spkiSha256: string;
  /** Null where no log and no timestamp was verified. */
  readonly signedAt: Date | null;
  readonly logIndex: string | null;
}

/**
 * Proves offline that the holder of the key signed exactly these bytes.
 * @throws SignedFileInputError, SignedFileError
 */
export async function verifyKeySignature(
  file: Uint8Array,
  { publicKey, signed }: KeySignature,
): Promise<VerifiedKey> {
  const key = readKey(publicKey);
  const spkiSha256 = toHex(await sha256(key.export({ format: 'der', type: 'spki' })));
  const found = { kind: 'key', spkiSha256, signedAt: null, logIndex: null } as const;
  if ('signature' in signed) {
    if (!verify('sha256', file, key, readSignature(signed.signature))) {
      throw new SignedFileError('signature-invalid', 'the signature is not by this key over this file');
    }
    return found;
  }
  const bundle = parseFileBundle(signed.bundle);
  if (bundle.verificationMaterial.content.$case !== 'publicKey') {
    throw new SignedFileInputError(
      'bundle-unsupported',
      'the bundle names a certificate, not a key: give identity and issuer',
    );
  }
  await requireDigest(file, bundle);
  const entity = toEntity(bundle, file);
  const logged = signed.trustedRoot === null ? null : parseTrustedRoot(signed.trustedRoot).material;
  // The bundle's hint only says which key it means; which one counts is the caller's choice.
  const publicKeyOf = () => ({ publicKey: key, validFor: () => true });
  if (logged === null) {
    const nothing = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
    const unlogged = { ...entity, tlogEntries: [], timestamps: [] };
    verifyEntity(
      unlogged,
      { ...nothing, publicKey: publicKeyOf },
      { tlogThreshold: 0, timestampThreshold: 0 },
    );
    return found;
  }
  verifyEntity(entity, { ...logged, publicKey: publicKeyOf }, { tlogThreshold: 1, timestampThreshold: 0 });
  requireLoggedVerifier(bundle.verificationMaterial.tlogEntries, key.export({ format: 'der', type: 'spki' }));
  const [entry] = bundle.verificationMaterial.tlogEntries;
  return { ...found, signedAt: signingTimeOf(entity), logIndex: entry?.logIndex ?? null };
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPublicKey({ key: pem, format: 'pem' });
    // PEM of a private key would be taken too, and only its public half used.
    if (!/-----BEGIN PUBLIC KEY-----/.test(pem)) throw new Error('not a public key');
    if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('not on the curve P-256');
    return key;
  } catch (cause) {
    throw new SignedFileInputError(
      'key-malformed',
      `the key is none of cosign's: ${(cause as Error).message}`,
      {
        cause,
      },
    );
  }
}

function readSignature(text: string): Uint8Array {
  try {
    return fromBase64(text.trim());
  } catch (cause) {
    throw new SignedFileInputError('signature-malformed', 'the signature is not base64', { cause });
  }
}
