import type { Queries, Transaction } from '../database/transaction.ts';

/** A host key of a node, and the certificate that it has now. */
export interface HostKeyRecord {
  readonly nodeId: string;
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly certificate: string;
  readonly serial: number;
  readonly authorityVersion: number;
  readonly validBefore: Date;
  readonly renewAt: Date;
}

/** Whose key it is; a key is one node's. */
export async function find(
  queries: Queries,
  clusterId: string,
  fingerprint: string,
): Promise<HostKeyRecord | undefined> {
  const row = await queries
    .selectFrom('sshHostKeys')
    .select(['nodeId', 'fingerprint', 'publicKey', 'certificate', 'serial', 'authorityVersion'])
    .select(['validBefore', 'renewAt'])
    .where('clusterId', '=', clusterId)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
  return row && { ...row, serial: Number(row.serial) };
}

/** Whose certificates are out of time: nobody takes them any more, revoked or not. */
export async function forgetExpired(tx: Transaction, clusterId: string, nodeId: string): Promise<void> {
  await tx.queries
    .deleteFrom('sshHostKeys')
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .where('validBefore', '<=', tx.now)
    .execute();
}

export async function countOfNode(queries: Queries, clusterId: string, nodeId: string): Promise<number> {
  const { count } = await queries
    .selectFrom('sshHostKeys')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('clusterId', '=', clusterId)
    .where('nodeId', '=', nodeId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** @returns false where the key is another node's: nothing was written */
export async function put(tx: Transaction, clusterId: string, record: HostKeyRecord): Promise<boolean> {
  const { serial, ...rest } = record;
  const row = { clusterId, ...rest, serial: String(serial), issuedAt: tx.now };
  const { numInsertedOrUpdatedRows } = await tx.queries
    .insertInto('sshHostKeys')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['clusterId', 'fingerprint'])
        .doUpdateSet((eb) => ({
          publicKey: eb.ref('excluded.publicKey'),
          certificate: eb.ref('excluded.certificate'),
          serial: eb.ref('excluded.serial'),
          authorityVersion: eb.ref('excluded.authorityVersion'),
          validBefore: eb.ref('excluded.validBefore'),
          renewAt: eb.ref('excluded.renewAt'),
          issuedAt: eb.ref('excluded.issuedAt'),
        }))
        .whereRef('sshHostKeys.nodeId', '=', 'excluded.nodeId'),
    )
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

/** Fingerprints that no client takes any more (S24). */
export async function listOfRevokedNodes(queries: Queries, clusterId: string): Promise<string[]> {
  const rows = await queries
    .selectFrom('sshHostKeys')
    .innerJoin('nodes', 'nodes.id', 'sshHostKeys.nodeId')
    .select('sshHostKeys.fingerprint')
    .where('sshHostKeys.clusterId', '=', clusterId)
    .where('nodes.state', '=', 'revoked')
    .execute();
  return rows.map(({ fingerprint }) => fingerprint);
}
