import type { Database } from '../database/database.ts';
import type { Queries } from '../database/transaction.ts';

/** What a nonce may be used for: challenge and fresh nonces never stand in for one another. */
export type NoncePurpose = 'challenge' | 'fresh';

export interface NewNonce {
  /** SHA-256 of the nonce. */
  readonly hash: Uint8Array;
  /** The socket it was issued on; no other may use it (S02). */
  readonly connectionId: string;
  readonly purpose: NoncePurpose;
  readonly expiresAt: Date;
  /** SHA-256 of the secret in the credential that goes out with it. */
  readonly activationHash?: Uint8Array | undefined;
}

export async function issue(database: Database, nonce: NewNonce): Promise<void> {
  await database.prepared(
    'nonce-issue',
    `insert into nonces (nonce_hash, connection_id, purpose, expires_at, activation_hash)
     values ($1, $2, $3, $4, $5)`,
    [
      Buffer.from(nonce.hash),
      nonce.connectionId,
      nonce.purpose,
      nonce.expiresAt,
      nonce.activationHash === undefined ? null : Buffer.from(nonce.activationHash),
    ],
  );
}

export interface ConsumedNonce {
  readonly activationHash: Uint8Array | null;
  readonly expiresAt: Date;
}

/**
 * Takes a nonce out of the database: of two that race for it, on any replica, one gets it (S02). A nonce of another
 * socket or purpose stays where it is; an expired one goes and is refused.
 * @returns undefined where it is unknown, used, expired, of another socket or for another purpose
 */
export async function consume(
  database: Database,
  nonce: Pick<NewNonce, 'hash' | 'connectionId' | 'purpose'>,
): Promise<ConsumedNonce | undefined> {
  const rows = await database.prepared<{ activation_hash: Uint8Array | null; expires_at: Date }>(
    'nonce-consume',
    `delete from nonces where nonce_hash = $1 and connection_id = $2 and purpose = $3
     returning activation_hash, expires_at`,
    [Buffer.from(nonce.hash), nonce.connectionId, nonce.purpose],
  );
  const row = rows[0];
  if (row === undefined || row.expires_at <= database.clock()) return undefined;
  return { activationHash: row.activation_hash, expiresAt: row.expires_at };
}

/** Deletes what expired before `now`, a bounded number at a time. */
export async function prune(queries: Queries, now: Date): Promise<void> {
  await queries
    .deleteFrom('nonces')
    .where('nonceHash', 'in', (eb) =>
      eb.selectFrom('nonces').select('nonceHash').where('expiresAt', '<', now).limit(10_000),
    )
    .execute();
}
