import type { KeyMetadata } from '@asterism/contracts';
import { parseCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import { sql } from 'kysely';

export interface KeyName {
  readonly purpose: KeyMetadata['purpose'];
  readonly id: string;
  readonly version: number;
}

/** Notes that a key was handed out; the first use makes its row. */
export async function recordUse(
  tx: Transaction,
  clusterId: string,
  key: KeyName & { readonly owner: string },
): Promise<void> {
  await tx.queries
    .insertInto('keys')
    .values({ clusterId, ...key, state: 'active', useCount: 1, createdAt: tx.now, lastUsedAt: tx.now })
    .onConflict((conflict) =>
      conflict
        .columns(['clusterId', 'purpose', 'id', 'version'])
        .doUpdateSet({ useCount: sql`keys.use_count + 1`, lastUsedAt: tx.now }),
    )
    .execute();
}

/** By purpose, id and version. */
export async function list(
  queries: Queries,
  clusterId: string,
  query: PageQuery,
): Promise<Page<KeyMetadata>> {
  const after = parseKeyCursor(query.cursor);
  const rows = await queries
    .selectFrom('keys')
    .leftJoin('dataKeys', (join) =>
      join
        .onRef('dataKeys.clusterId', '=', 'keys.clusterId')
        .onRef('dataKeys.purpose', '=', 'keys.purpose')
        .onRef('dataKeys.id', '=', 'keys.id')
        .onRef('dataKeys.version', '=', 'keys.version'),
    )
    .selectAll('keys')
    .select('dataKeys.provider')
    .where('keys.clusterId', '=', clusterId)
    .$if(after !== undefined, (q) =>
      q.where(
        sql<boolean>`(keys.purpose, keys.id, keys.version) > (${after?.purpose}, ${after?.id}, ${after?.version}::integer)`,
      ),
    )
    .orderBy('keys.purpose')
    .orderBy('keys.id')
    .orderBy('keys.version')
    .limit(query.limit + 1)
    .execute();
  return toPage(
    rows,
    query.limit,
    'keys',
    (row) => `${row.purpose} ${row.version} ${row.id}`,
    ({ createdAt, lastUsedAt, ...row }) => ({
      ...row,
      createdAt: createdAt.toISOString(),
      lastUsedAt: lastUsedAt?.toISOString() ?? null,
    }),
  );
}

const KEY = /^([a-z-]{1,40}) (\d{1,9}) ([!-~]{1,128})$/;

function parseKeyCursor(cursor: string | undefined) {
  const [, purpose, version, id] = KEY.exec(parseCursor('keys', cursor, KEY) ?? '') ?? [];
  return id === undefined ? undefined : { purpose, id, version: Number(version) };
}
