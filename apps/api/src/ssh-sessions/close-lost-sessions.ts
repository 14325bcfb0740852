import { inTransaction, sshSessions, type Database } from '@asterism/persistence';
import { recordSession } from './record-session.ts';

/** Sessions of revoked nodes, which report nothing any more. Those of nodes that are lost may go on, and stay open. */
export function closeLostSessions(database: Database): Promise<void> {
  return inTransaction(database, async (tx) => {
    for (const session of await sshSessions.closeOfRevokedNodes(tx)) {
      const details = { reason: 'lost', at: tx.now.toISOString() };
      recordSession(tx, { ...session, actor: 'system', state: 'closed', details });
    }
  });
}
