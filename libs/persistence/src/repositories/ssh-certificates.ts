import type { SshCertificate } from '@asterism/contracts';
import { parseNumberCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('sshCertificates')
    .select(['serial', 'clusterId', 'grantId', 'userName as user', 'principals', 'keyId', 'fingerprint'])
    .select(['authorityVersion', 'validAfter', 'validBefore', 'issuedBy'])
    .select(['revokedAt', 'revokedBy', 'revokeReason'])
    .where('clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toCertificate({ serial, validAfter, validBefore, revokedAt, ...row }: Row): SshCertificate {
  return {
    ...row,
    serial: Number(serial),
    validAfter: validAfter.toISOString(),
    validBefore: validBefore.toISOString(),
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}

export interface NewCertificate {
  readonly serial: number;
  readonly grantId: string;
  readonly userName: string;
  readonly principals: readonly string[];
  readonly keyId: string;
  readonly fingerprint: string;
  readonly authorityVersion: number;
  readonly validAfter: Date;
  readonly validBefore: Date;
  readonly issuedBy: string;
}

/** What is kept of it; the certificate itself is not. */
export async function add(
  tx: Transaction,
  clusterId: string,
  { serial, principals, ...rest }: NewCertificate,
): Promise<SshCertificate> {
  await tx.queries
    .insertInto('sshCertificates')
    .values({
      ...{ clusterId, serial: String(serial), principals: [...principals], ...rest },
      ...{ revokedAt: null, revokedBy: null, revokeReason: null },
    })
    .execute();
  return toCertificate(
    await select(tx.queries, clusterId).where('serial', '=', String(serial)).executeTakeFirstOrThrow(),
  );
}

export async function find(
  queries: Queries,
  clusterId: string,
  serial: number | string,
): Promise<SshCertificate | undefined> {
  const row = await select(queries, clusterId).where('serial', '=', String(serial)).executeTakeFirst();
  return row && toCertificate(row);
}

/** The newest first. */
export async function list(
  queries: Queries,
  clusterId: string,
  { grant, ...query }: { readonly grant?: string | undefined } & PageQuery,
): Promise<Page<SshCertificate>> {
  const before = parseNumberCursor('ssh-certificates', query.cursor);
  const rows = await select(queries, clusterId)
    .$if(before !== undefined, (q) => q.where('serial', '<', String(before)))
    .$if(grant !== undefined, (q) => q.where('grantId', '=', String(grant)))
    .orderBy('serial', 'desc')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'ssh-certificates', (row) => Number(row.serial), toCertificate);
}

export interface CertificateRevocation {
  readonly by: string;
  readonly reason: string;
}

/** Those of a grant that are not revoked yet. @returns their serials */
export async function revokeOfGrants(
  tx: Transaction,
  clusterId: string,
  grants: readonly string[],
  { by, reason }: CertificateRevocation,
): Promise<number[]> {
  if (grants.length === 0) return [];
  const rows = await tx.queries
    .updateTable('sshCertificates')
    .set({ revokedAt: tx.now, revokedBy: by, revokeReason: reason })
    .where('clusterId', '=', clusterId)
    .where('grantId', 'in', [...grants])
    .where('revokedAt', 'is', null)
    .returning('serial')
    .execute();
  return rows.map(({ serial }) => Number(serial));
}

/** @returns false where it was revoked already, or is not there */
export async function revoke(
  tx: Transaction,
  clusterId: string,
  serial: number,
  { by, reason }: CertificateRevocation,
): Promise<boolean> {
  const { numUpdatedRows } = await tx.queries
    .updateTable('sshCertificates')
    .set({ revokedAt: tx.now, revokedBy: by, revokeReason: reason })
    .where('clusterId', '=', clusterId)
    .where('serial', '=', String(serial))
    .where('revokedAt', 'is', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Serials that nodes must refuse: revoked, and their time is not over, or sessions of them may still be open. */
export async function listRevoked(
  queries: Queries,
  clusterId: string,
  since: Date,
): Promise<{ serial: bigint; authorityVersion: number }[]> {
  const rows = await queries
    .selectFrom('sshCertificates')
    .select(['serial', 'authorityVersion'])
    .where('clusterId', '=', clusterId)
    .where('revokedAt', 'is not', null)
    .where('validBefore', '>', since)
    .execute();
  return rows.map(({ serial, authorityVersion }) => ({ serial: BigInt(serial), authorityVersion }));
}
