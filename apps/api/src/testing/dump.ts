import type { TestDatabase } from '@asterism/testkit';

/** What requests note of themselves. */
const APART = new Set([
  'idempotency_keys',
  'nonces',
  'replicas',
  'connections',
  'evidence_requests',
  'kysely_migration',
]);

/** Everything that is stored, as text by table. */
export async function dump(
  test: Pick<TestDatabase, 'sql'>,
  without: readonly string[] = [],
): Promise<Record<string, string>> {
  const tables = await test.sql(
    `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const state: Record<string, string> = {};
  for (const { table_name: table } of tables) {
    if (APART.has(String(table)) || without.includes(String(table))) continue;
    const rows = await test.sql(
      `select to_jsonb(t) - 'last_used_at' as row from "${String(table)}" t order by 1`,
    );
    state[String(table)] = JSON.stringify(rows);
  }
  return state;
}
