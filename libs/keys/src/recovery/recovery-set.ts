import { frame, toBase64url } from '@asterism/bytes';
import { createHash } from 'node:crypto';
import { split } from 'shamir-secret-sharing';
import { wipe } from '../wipe.ts';
import { encryptTo } from './age.ts';
import { RecoveryError } from './errors.ts';
import { hashShare, sealShare } from './share.ts';

/** What shares give back: the API's KEK, or the root of one cluster. */
export type RecoveryScope =
  { readonly kind: 'platform' } | { readonly kind: 'cluster'; readonly id: string; readonly name: string };

export interface RecoveryRecipient {
  /** Whose share it is. */
  readonly name: string;
  /** age X25519: `age1…` */
  readonly recipient: string;
}

export interface NewRecoverySet {
  /** 16 to 64 unpredictable bytes. */
  readonly secret: Uint8Array;
  readonly scope: RecoveryScope;
  /** UUID in lower case. */
  readonly setId: string;
  /** How many shares recover: 2 to the number of recipients. */
  readonly threshold: number;
  /** 2 to 255, no two of one name or one key. */
  readonly recipients: readonly RecoveryRecipient[];
}

export interface CreatedRecoverySet {
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  readonly shares: readonly CreatedShare[];
}

export interface CreatedShare extends RecoveryRecipient {
  /** From 1, in the order of the recipients. */
  readonly index: number;
  /** SHA-256, to be kept; the share itself is in `encrypted` alone. */
  readonly shareHash: Uint8Array;
  /** Armored age file, to be given away and kept nowhere. */
  readonly encrypted: string;
}

/**
 * Splits a secret k of n (Shamir over GF(2⁸)) and encrypts each share to one person. Both libraries draw their own
 * randomness from the system. Nobody alone recovers: a threshold of one, also of one, is refused.
 * @throws RecoveryError `recovery-set-invalid`, `recovery-recipient-invalid`
 */
export async function createRecoverySet(set: NewRecoverySet): Promise<CreatedRecoverySet> {
  requireSet(set);
  const { secret, setId, scope, threshold, recipients } = set;
  const copy = new Uint8Array(secret);
  const shares = await split(copy, recipients.length, threshold);
  try {
    const created = recipients.map(async ({ name, recipient }, at): Promise<CreatedShare> => {
      const share = shares[at] ?? new Uint8Array();
      const index = at + 1;
      const plain = {
        set: setId,
        scope,
        index,
        threshold,
        count: recipients.length,
        share: toBase64url(share),
      };
      const encrypted = await encryptTo(recipient, `${JSON.stringify(sealShare(plain))}\n`);
      return { index, name, recipient, shareHash: hashShare(setId, index, share), encrypted };
    });
    return { commitment: commitTo(secret, setId, scope), shares: await Promise.all(created) };
  } finally {
    wipe(copy, ...shares);
  }
}

/** To the secret and to what it is of. A secret of 128 bits and more cannot be searched for. */
export function commitTo(secret: Uint8Array, setId: string, scope: RecoveryScope): Uint8Array {
  const owner = scope.kind === 'platform' ? scope.kind : `${scope.kind}/${scope.id}`;
  return createHash('sha256')
    .update(frame('asterism/recovery-secret/v1', setId, owner, secret))
    .digest();
}

function requireSet({ secret, threshold, recipients }: NewRecoverySet): void {
  const count = recipients.length;
  if (secret.length < 16 || secret.length > 64) {
    throw new RecoveryError('recovery-set-invalid', 'secret is not 16 to 64 bytes', { got: secret.length });
  }
  if (count < 2 || count > 255) {
    throw new RecoveryError('recovery-set-invalid', 'recipients are not 2 to 255', { got: count });
  }
  if (!Number.isInteger(threshold) || threshold < 2 || threshold > count) {
    throw new RecoveryError('recovery-set-invalid', `threshold is not 2 to ${count}`, { got: threshold });
  }
  for (const field of ['name', 'recipient'] as const) {
    const values = recipients.map((recipient) => recipient[field]);
    const repeated = values.find((value, at) => values.indexOf(value) !== at);
    if (repeated === undefined) continue;
    throw new RecoveryError('recovery-set-invalid', `two shares for one ${field}`, { got: repeated });
  }
}
