import { sql } from 'kysely';
import type { Queries } from '../database/transaction.ts';

/** Takes or prolongs a lease. @returns false while another holder has it */
export async function hold(
  queries: Queries,
  name: string,
  lease: { readonly by: string; readonly now: Date; readonly until: Date },
): Promise<boolean> {
  const { rows } = await sql`
    insert into leases (name, held_by, held_until) values (${name}, ${lease.by}, ${lease.until})
    on conflict (name) do update set held_by = excluded.held_by, held_until = excluded.held_until
    where leases.held_by = excluded.held_by or leases.held_until < ${lease.now}
    returning name`.execute(queries);
  return rows.length > 0;
}

/** Gives it back, so that the next one need not wait. */
export async function release(queries: Queries, name: string, by: string): Promise<void> {
  await queries.deleteFrom('leases').where('name', '=', name).where('heldBy', '=', by).execute();
}
