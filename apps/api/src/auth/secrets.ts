import { sha256, toBase64url, utf8 } from '@asterism/bytes';

const BYTES = 32;

/** What a secret of each kind starts with, so that a scanner finds one that was checked in by mistake. */
const PREFIX = {
  token: 'asterism_',
  session: 'asterism_session_',
  'sign-in-code': 'asterism_code_',
} as const;

export type SecretKind = keyof typeof PREFIX;

export interface Secret {
  /** Shown once (S29). */
  readonly text: string;
  /** SHA-256: what is stored. 256 random bits need no slow hash. */
  readonly hash: Uint8Array;
}

export async function makeSecret(kind: SecretKind, random: (length: number) => Uint8Array): Promise<Secret> {
  const text = PREFIX[kind] + toBase64url(random(BYTES));
  return { text, hash: await hashSecret(text) };
}

export function hashSecret(text: string): Promise<Uint8Array> {
  return sha256(utf8(text));
}
