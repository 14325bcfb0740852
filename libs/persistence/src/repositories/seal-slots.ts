import { sql } from 'kysely';
import type { Queries, Transaction } from '../database/transaction.ts';
import type { Schema } from '../schema.ts';

/** One sealed copy of the API's KEK. */
export interface StoredSlot {
  readonly id: string;
  readonly kind: Schema['sealSlots']['kind'];
  readonly description: Readonly<Record<string, unknown>>;
  readonly sealed: Uint8Array;
  readonly comment: string;
  readonly createdAt: Date;
  readonly openedAt: Date | null;
}

/** Oldest first. */
export async function list(queries: Queries): Promise<StoredSlot[]> {
  return queries.selectFrom('sealSlots').selectAll().orderBy('createdAt').orderBy('id').execute();
}

export type NewSlot = Pick<StoredSlot, 'kind' | 'description' | 'sealed' | 'comment'>;

export async function add(tx: Transaction, slot: NewSlot): Promise<StoredSlot> {
  return tx.queries
    .insertInto('sealSlots')
    .values({
      id: tx.newId(),
      kind: slot.kind,
      description: JSON.stringify(slot.description),
      sealed: Buffer.from(slot.sealed),
      comment: slot.comment,
      createdAt: tx.now,
      openedAt: null,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Held to the end of the transaction: of those who add a first slot, or take one away, one goes after the other. */
export async function lock(tx: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('asterism seal slots'))`.execute(tx.queries);
}

/** Held to the end of the transaction: the KEK is not replaced meanwhile. */
export async function lockKek(tx: Transaction): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(hashtext('asterism seal slots'))`.execute(tx.queries);
}

/** The first slot of an installation; of replicas that start together one makes it, and the others see it. */
export async function addFirst(tx: Transaction, slot: NewSlot): Promise<void> {
  await lock(tx);
  const existing = await tx.queries.selectFrom('sealSlots').select('id').limit(1).executeTakeFirst();
  if (existing === undefined) await add(tx, slot);
}

export async function remove(tx: Transaction, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.queries.deleteFrom('sealSlots').where('id', 'in', ids).execute();
}

/** @returns false where it was removed meanwhile */
export async function noteOpened(queries: Queries, id: string, now: Date): Promise<boolean> {
  const { numUpdatedRows } = await queries
    .updateTable('sealSlots')
    .set({ openedAt: now })
    .where('id', '=', id)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}
