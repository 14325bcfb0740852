import type { RevokedSshKey } from '@asterism/contracts';
import { parseCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';

/** @returns false where it is revoked already */
export async function add(
  tx: Transaction,
  clusterId: string,
  { fingerprint, reason, by }: { readonly fingerprint: string; readonly reason: string; readonly by: string },
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.queries
    .insertInto('sshRevokedKeys')
    .values({ clusterId, fingerprint, reason, revokedBy: by, revokedAt: tx.now })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function find(
  queries: Queries,
  clusterId: string,
  fingerprint: string,
): Promise<RevokedSshKey | undefined> {
  const row = await select(queries, clusterId).where('fingerprint', '=', fingerprint).executeTakeFirst();
  return row && toRevoked(row);
}

export async function listFingerprints(queries: Queries, clusterId: string): Promise<string[]> {
  const rows = await queries
    .selectFrom('sshRevokedKeys')
    .select('fingerprint')
    .where('clusterId', '=', clusterId)
    .execute();
  return rows.map(({ fingerprint }) => fingerprint);
}

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}$/;

/** By fingerprint. */
export async function list(
  queries: Queries,
  clusterId: string,
  query: PageQuery,
): Promise<Page<RevokedSshKey>> {
  const after = parseCursor('ssh-revoked-keys', query.cursor, FINGERPRINT);
  const rows = await select(queries, clusterId)
    .$if(after !== undefined, (q) => q.where('fingerprint', '>', String(after)))
    .orderBy('fingerprint')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'ssh-revoked-keys', (row) => row.fingerprint, toRevoked);
}

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('sshRevokedKeys')
    .select(['fingerprint', 'reason', 'revokedBy', 'revokedAt'])
    .where('clusterId', '=', clusterId);
}

function toRevoked({
  revokedAt,
  ...row
}: Omit<RevokedSshKey, 'revokedAt'> & { revokedAt: Date }): RevokedSshKey {
  return { ...row, revokedAt: revokedAt.toISOString() };
}
