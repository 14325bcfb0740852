import type { SshAuthorityAlgorithm, SshAuthorityKind } from '@asterism/contracts';
import type { Queries, Transaction } from '../database/transaction.ts';

/** A version of an authority: public parts, and when it signs and is trusted. */
export interface AuthorityRecord {
  readonly kind: SshAuthorityKind;
  readonly version: number;
  readonly algorithm: SshAuthorityAlgorithm;
  readonly publicKey: string;
  readonly fingerprint: string;
  readonly createdAt: Date;
  readonly signsFrom: Date;
  readonly trustedUntil: Date | null;
  readonly revokedAt: Date | null;
}

/** All versions that there ever were, the newest first. */
export async function list(queries: Queries, clusterId: string): Promise<AuthorityRecord[]> {
  return queries
    .selectFrom('sshAuthorities')
    .select(['kind', 'version', 'algorithm', 'publicKey', 'fingerprint'])
    .select(['createdAt', 'signsFrom', 'trustedUntil', 'revokedAt'])
    .where('clusterId', '=', clusterId)
    .orderBy('kind')
    .orderBy('version', 'desc')
    .execute();
}

export type NewAuthority = Pick<
  AuthorityRecord,
  'kind' | 'version' | 'algorithm' | 'publicKey' | 'fingerprint' | 'signsFrom'
>;

/** @returns false where the version was there already */
export async function add(tx: Transaction, clusterId: string, authority: NewAuthority): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx.queries
    .insertInto('sshAuthorities')
    .values({
      ...{ clusterId, ...authority, createdAt: tx.now },
      ...{ trustedUntil: null, revokedAt: null, revokeReason: null },
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Every version that is trusted without an end gets one. */
export async function endTrust(
  tx: Transaction,
  clusterId: string,
  kind: SshAuthorityKind,
  until: Date,
): Promise<void> {
  await tx.queries
    .updateTable('sshAuthorities')
    .set({ trustedUntil: until })
    .where('clusterId', '=', clusterId)
    .where('kind', '=', kind)
    .where('trustedUntil', 'is', null)
    .where('revokedAt', 'is', null)
    .execute();
}

export async function revoke(
  tx: Transaction,
  clusterId: string,
  kind: SshAuthorityKind,
  version: number,
  reason: string,
): Promise<void> {
  await tx.queries
    .updateTable('sshAuthorities')
    .set({ revokedAt: tx.now, revokeReason: reason })
    .where('clusterId', '=', clusterId)
    .where('kind', '=', kind)
    .where('version', '=', version)
    .where('revokedAt', 'is', null)
    .execute();
}

/** One that was to sign later does so now. */
export async function signNow(
  tx: Transaction,
  clusterId: string,
  kind: SshAuthorityKind,
  version: number,
): Promise<void> {
  await tx.queries
    .updateTable('sshAuthorities')
    .set({ signsFrom: tx.now })
    .where('clusterId', '=', clusterId)
    .where('kind', '=', kind)
    .where('version', '=', version)
    .execute();
}
