import { idempotencyKeys, inTransaction, type Database, type Transaction } from '@asterism/persistence';
import type { Caller } from '../auth/caller.ts';

/**
 * Does an operator's work in one transaction with its audit records, its events and, where the request had an
 * `Idempotency-Key`, the answer that a repeat gets: after a crash either all of it is there or nothing (S30, S34).
 */
export function change<Result>(
  database: Database,
  caller: Caller,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  return inTransaction(database, async (tx) => {
    const result = await work(tx);
    const { idempotency, principal } = caller;
    if (idempotency !== undefined) {
      await idempotencyKeys.complete(tx.queries, principal.actor, idempotency.key, {
        claimedAt: idempotency.claimedAt,
        status: idempotency.status,
        response: idempotency.storesAnswer ? result : null,
      });
    }
    return result;
  });
}
