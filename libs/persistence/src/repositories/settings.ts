import type { Queries } from '../database/transaction.ts';

/** Installation-wide values such as the sealed KEK; a value that is a secret is sealed before it comes here. */
export async function read(queries: Queries, name: string): Promise<Uint8Array | undefined> {
  const row = await queries
    .selectFrom('settings')
    .select('value')
    .where('name', '=', name)
    .executeTakeFirst();
  return row?.value;
}

/** Writes where there is none yet; of replicas that start together one wins and all read the same. */
export async function readOrCreate(
  queries: Queries,
  name: string,
  value: Uint8Array,
  now: Date,
): Promise<Uint8Array> {
  await queries
    .insertInto('settings')
    .values({ name, value: Buffer.from(value), updatedAt: now })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const stored = await read(queries, name);
  return stored ?? value;
}

export async function write(queries: Queries, name: string, value: Uint8Array, now: Date): Promise<void> {
  const row = { value: Buffer.from(value), updatedAt: now };
  await queries
    .insertInto('settings')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}
