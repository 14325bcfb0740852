import type { PolicyDocument } from '@asterism/contracts';
import { events, inTransaction, policies, type Database } from '@asterism/persistence';

/** Makes a new policy of a pool the one that counts, as the operator side does. @returns its version */
export function activatePolicy(
  database: Database,
  clusterId: string,
  poolId: string,
  document: PolicyDocument,
): Promise<number> {
  return inTransaction(database, async (tx) => {
    const stored = { document, comment: '', createdBy: 'test' };
    const { version } = await policies.create(tx, clusterId, poolId, stored);
    await policies.activate(tx, clusterId, poolId, version);
    events.append(tx, { type: 'policy.activated', clusterId, data: { poolId, version } });
    return version;
  });
}
