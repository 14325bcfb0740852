import type { StateDisk } from '@asterism/contracts';
import { sql } from 'kysely';
import { parseCursor, toPage, type Page, type PageQuery } from '../cursor.ts';
import type { Queries, Transaction } from '../database/transaction.ts';
import type { StateDiskFault } from '../schema.ts';

function select(queries: Queries, clusterId: string) {
  return queries
    .selectFrom('stateDisks')
    .leftJoin('nodes', (join) =>
      join
        .onRef('nodes.clusterId', '=', 'stateDisks.clusterId')
        .onRef('nodes.identity', '=', 'stateDisks.identity'),
    )
    .select(['stateDisks.diskId', 'stateDisks.clusterId', 'nodes.id as nodeId', 'stateDisks.keyVersion'])
    .select(['stateDisks.nextKeyVersion', 'stateDisks.epoch', 'stateDisks.acceptedEpoch'])
    .select(['stateDisks.fault', 'stateDisks.createdAt', 'stateDisks.openedAt'])
    .where('stateDisks.clusterId', '=', clusterId);
}

type Row = Awaited<ReturnType<ReturnType<typeof select>['executeTakeFirstOrThrow']>>;

function toStateDisk({ diskId, epoch, acceptedEpoch, createdAt, openedAt, ...row }: Row): StateDisk {
  return {
    id: diskId,
    ...row,
    epoch: Number(epoch),
    acceptedEpoch: acceptedEpoch === null ? null : Number(acceptedEpoch),
    createdAt: createdAt.toISOString(),
    openedAt: openedAt?.toISOString() ?? null,
  };
}

const DISK = /^[A-Za-z0-9._-]{1,64}$/;

/** By id of the disk. */
export async function list(queries: Queries, clusterId: string, query: PageQuery): Promise<Page<StateDisk>> {
  const after = parseCursor('state-disks', query.cursor, DISK);
  const rows = await select(queries, clusterId)
    .$if(after !== undefined, (q) => q.where('stateDisks.diskId', '>', String(after)))
    .orderBy('stateDisks.diskId')
    .limit(query.limit + 1)
    .execute();
  return toPage(rows, query.limit, 'state-disks', (row) => row.diskId, toStateDisk);
}

/** As it is, and nobody else changes it until the transaction ends. */
export async function lock(
  tx: Transaction,
  clusterId: string,
  diskId: string,
): Promise<StateDisk | undefined> {
  await sql`select 1 from state_disks where cluster_id = ${clusterId} and disk_id = ${diskId} for update`.execute(
    tx.queries,
  );
  const row = await select(tx.queries, clusterId).where('stateDisks.diskId', '=', diskId).executeTakeFirst();
  return row && toStateDisk(row);
}

/** The machine that owns a disk. */
export async function findIdentity(
  queries: Queries,
  clusterId: string,
  diskId: string,
): Promise<string | undefined> {
  const row = await queries
    .selectFrom('stateDisks')
    .select('identity')
    .where('clusterId', '=', clusterId)
    .where('diskId', '=', diskId)
    .executeTakeFirst();
  return row?.identity;
}

/** The disk that a node was granted the key of, if its machine owns it; locked. */
export async function lockOfNode(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  diskId: string,
): Promise<StateDisk | undefined> {
  const disk = await lock(tx, clusterId, diskId);
  return disk?.nodeId === nodeId ? disk : undefined;
}

export type StateDiskChange = Partial<
  Pick<StateDisk, 'keyVersion' | 'nextKeyVersion' | 'epoch' | 'acceptedEpoch'>
> & { readonly fault?: StateDiskFault | null };

/** Writes what changes of a disk that the transaction has locked. */
export async function change(
  tx: Transaction,
  clusterId: string,
  diskId: string,
  { epoch, acceptedEpoch, fault, ...rest }: StateDiskChange,
): Promise<void> {
  await tx.queries
    .updateTable('stateDisks')
    .set({
      ...rest,
      ...(epoch === undefined ? {} : { epoch: String(epoch) }),
      ...(acceptedEpoch === undefined
        ? {}
        : { acceptedEpoch: acceptedEpoch === null ? null : String(acceptedEpoch) }),
      ...(fault === undefined ? {} : { fault: fault === null ? null : JSON.stringify(fault) }),
    })
    .where('clusterId', '=', clusterId)
    .where('diskId', '=', diskId)
    .execute();
}

/** It was opened: it is never to be formatted again. */
export async function noteOpened(tx: Transaction, clusterId: string, diskId: string): Promise<void> {
  await tx.queries
    .updateTable('stateDisks')
    .set({ openedAt: tx.now })
    .where('clusterId', '=', clusterId)
    .where('diskId', '=', diskId)
    .where('openedAt', 'is', null)
    .execute();
}
