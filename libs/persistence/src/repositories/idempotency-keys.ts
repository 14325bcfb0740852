import type { Queries } from '../database/transaction.ts';
import { PersistenceError } from '../errors.ts';

export type IdempotencyClaim =
  | { readonly kind: 'first' }
  | { readonly kind: 'in-progress' }
  | { readonly kind: 'repeat'; readonly status: number; readonly response: unknown };

/**
 * Claims a key for a principal. The first caller does the work and calls `complete` (in the same transaction) or
 * `release`; the others get what the first one answered. A stale claim (older than `staleBefore`, its holder died) is
 * taken over.
 * @throws PersistenceError `idempotency-key-reused` where the key came with another request
 */
export async function claim(
  queries: Queries,
  principal: string,
  key: string,
  request: { readonly hash: Uint8Array; readonly now: Date; readonly staleBefore: Date },
): Promise<IdempotencyClaim> {
  const requestHash = Buffer.from(request.hash);
  const claimed = await queries
    .insertInto('idempotencyKeys')
    .values({ principal, key, requestHash, status: null, createdAt: request.now })
    .onConflict((conflict) =>
      conflict
        .columns(['principal', 'key'])
        .doUpdateSet({ createdAt: request.now })
        .where('idempotencyKeys.status', 'is', null)
        .where('idempotencyKeys.requestHash', '=', requestHash)
        .where('idempotencyKeys.createdAt', '<', request.staleBefore),
    )
    .returning('key')
    .executeTakeFirst();
  if (claimed !== undefined) return { kind: 'first' };
  const row = await queries
    .selectFrom('idempotencyKeys')
    .select(['requestHash', 'status', 'response'])
    .where('principal', '=', principal)
    .where('key', '=', key)
    .executeTakeFirst();
  if (row === undefined) return { kind: 'in-progress' };
  if (!row.requestHash.equals(requestHash)) {
    throw new PersistenceError(
      'idempotency-key-reused',
      'the idempotency key came with another request before',
    );
  }
  return row.status === null
    ? { kind: 'in-progress' }
    : { kind: 'repeat', status: row.status, response: row.response };
}

/**
 * `response` is stored: no secret may be in it.
 * @throws PersistenceError `idempotency-key-reused` where the claim was taken over meanwhile: whoever did does the work
 */
export async function complete(
  queries: Queries,
  principal: string,
  key: string,
  answer: { readonly claimedAt: Date; readonly status: number; readonly response: unknown },
): Promise<void> {
  const completed = await queries
    .updateTable('idempotencyKeys')
    .set({ status: answer.status, response: JSON.stringify(answer.response) })
    .where('principal', '=', principal)
    .where('key', '=', key)
    .where('createdAt', '=', answer.claimedAt)
    .executeTakeFirst();
  if (completed.numUpdatedRows === 0n) {
    throw new PersistenceError(
      'idempotency-key-reused',
      'another request has taken over this idempotency key',
    );
  }
}

/** Gives a key back after the work failed, so that a retry may do it; not one that was taken over meanwhile. */
export async function release(
  queries: Queries,
  principal: string,
  key: string,
  claimedAt: Date,
): Promise<void> {
  await queries
    .deleteFrom('idempotencyKeys')
    .where('principal', '=', principal)
    .where('key', '=', key)
    .where('status', 'is', null)
    .where('createdAt', '=', claimedAt)
    .execute();
}

export async function prune(queries: Queries, before: Date): Promise<void> {
  await queries.deleteFrom('idempotencyKeys').where('createdAt', '<', before).execute();
}
