import { sha256, toHex } from '@asterism/bytes';
import type { VerifiedIdentity } from '../signature/verify-identity.ts';
import type { VerifiedKey } from '../signature/verify-key.ts';

export type VerifiedSignature = VerifiedIdentity | VerifiedKey;

const MAX_NAME = 120;
const DIGITS = 16;

/** One line that says where a reference value comes from; within the bound of a comment, whatever the names' length. */
export async function toProvenanceComment(
  image: string,
  file: Uint8Array,
  signature: VerifiedSignature,
): Promise<string> {
  const digest = toHex(await sha256(file)).slice(0, DIGITS);
  return `${shorten(image)}; ${describeSigner(signature)}; file sha256:${digest}`;
}

function describeSigner(signature: VerifiedSignature): string {
  const { signedAt, logIndex } = signature;
  const logged = logIndex === null ? '' : `, log entry ${logIndex}`;
  const when = signedAt === null ? '' : ` at ${signedAt.toISOString()}`;
  if (signature.kind === 'key') {
    return `signed by key sha256:${signature.spkiSha256.slice(0, DIGITS)}${when}${logged}`;
  }
  return `signed by ${shorten(signature.identity)} (${shorten(signature.issuer)})${when}${logged}`;
}

function shorten(text: string): string {
  return text.length <= MAX_NAME ? text : `${text.slice(0, MAX_NAME - 1)}…`;
}
