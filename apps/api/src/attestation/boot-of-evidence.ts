import type { Appraisal, LockState } from '@asterism/attestation';
import type { AttestedConnection } from '@asterism/attested-tls';
import { boots, type Database } from '@asterism/persistence';

/** Whose records are asked; no node, none. */
interface Place {
  readonly clusterId: string;
  readonly nodeId: string | undefined;
}

/**
 * The boot of evidence (protocol §6). Where nothing in it tells one boot from another, the connection is the boot; but a
 * machine that is locked can only be in the boot that it was locked in, which is the last that was granted or locked.
 */
export async function bootOf(
  { queries }: Database,
  { id }: AttestedConnection,
  { verified: { bootIdentity }, lock }: Appraisal,
  { clusterId, nodeId }: Place,
): Promise<string> {
  if (bootIdentity !== null) return bootIdentity;
  const connection = `connection:${id}`;
  if (lock !== 'locked' || nodeId === undefined) return connection;
  return (await boots.findLatest(queries, clusterId, nodeId)) ?? connection;
}

/** A machine whose evidence cannot show a lock is locked when its boot has reported it (S20). */
export async function lockOf(
  { queries }: Database,
  { lock }: Appraisal,
  { clusterId, nodeId }: Place,
  boot: string,
): Promise<LockState> {
  if (lock !== 'unmeasured') return lock;
  if (nodeId === undefined) return 'open';
  const known = await boots.find(queries, clusterId, nodeId, boot);
  return known === undefined || known.lockedAt === null ? 'open' : 'locked';
}
