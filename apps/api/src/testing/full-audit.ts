import type { TestDatabase } from '@asterism/testkit';

/** While `work` runs, no audit record can be written. */
export async function withFullAudit(
  { sql }: Pick<TestDatabase, 'sql'>,
  work: () => Promise<void>,
): Promise<void> {
  await sql(`create or replace function audit_takes_nothing() returns trigger language plpgsql as $$
    begin raise exception 'the audit log takes nothing'; end $$;
    create trigger audit_takes_nothing before insert on audit for each row execute function audit_takes_nothing()`);
  try {
    await work();
  } finally {
    await sql('drop trigger audit_takes_nothing on audit');
  }
}
