import { startTestDatabase, type TestDatabase } from '@asterism/testkit';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joins, type Database } from '../index.ts';

let test: TestDatabase;
let database: Database;
beforeAll(async () => {
  test = await startTestDatabase();
  database = await test.connectReplica({ maximumConnections: 1 });
});
afterAll(() => test.stop());

const namesOf = async (): Promise<string[]> => {
  const { rows } = await sql<{ name: string }>`select name from pg_prepared_statements`.execute(
    database.queries,
  );
  return rows.map(({ name }) => name);
};

describe('marked statements', () => {
  it('are planned once a connection, by name', async () => {
    const machine = { cluster: 'none', pool: 'none', identity: 'i', akName: 'k' };
    expect(await joins.findTarget(database.queries, machine)).toBeUndefined();
    expect(await joins.findTarget(database.queries, { ...machine, pool: 'other' })).toBeUndefined();
    expect(await namesOf()).toEqual(['join-target']);
  });

  it('take their values anew each time, in a transaction too', async () => {
    const ask = (value: number) =>
      database.queries.transaction().execute(async (tx) => {
        const { rows } = await sql<{ sum: number }>`-- prepared test-sum
          select ${value}::integer + 1 as sum`.execute(tx);
        return rows[0]?.sum;
      });
    expect([await ask(1), await ask(41)]).toEqual([2, 42]);
    expect(await namesOf()).toContain('test-sum');
  });

  it('are no others', async () => {
    await sql`select 1 -- prepared not-this
    `.execute(database.queries);
    expect(await namesOf()).not.toContain('not-this');
  });
});
