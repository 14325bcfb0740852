import { access, accessUsers, audit, inTransaction, sshGrants, type Database } from '@asterism/persistence';
import { Repeated } from '../node/repeated.ts';
import type { Platform } from '../platform/platform.ts';
import { closeLostSessions } from '../ssh-sessions/close-lost-sessions.ts';
import { endGrants, recordGrant } from './end-grants.ts';

const EVERY_MS = 2_000;
const AT_ONCE = 200;
const ACTOR = 'system';

/** What time ends: grants, requests that nobody decided, users, and sessions that nobody reports of any more. Rows are taken by one replica each. */
export function startAccessUpkeep({ database, logger }: Platform): Repeated {
  const run = async () => {
    await expireGrants(database);
    await expireUsers(database);
    await closeLostSessions(database);
  };
  return new Repeated({ name: 'access', interval: EVERY_MS, run }, logger);
}

/** Certificates end with their grant by themselves, so that nodes need not hear of it. */
export function expireGrants(database: Database): Promise<void> {
  return inTransaction(database, async (tx) => {
    for (const { id, clusterId, state, user, principal } of await sshGrants.takeExpired(tx, AT_ONCE)) {
      const reason = state === 'waiting' ? 'nobody decided' : 'its time is over';
      await sshGrants.end(tx, clusterId, [id], { state: 'expired', by: ACTOR, reason });
      recordGrant(tx, {
        ...{ clusterId, actor: ACTOR, id, action: 'ssh-grant.expired' },
        details: { user, principal, reason },
      });
    }
  });
}

export async function expireUsers(database: Database): Promise<void> {
  for (const clusterId of await accessUsers.listClustersWithExpired(database.queries, database.clock())) {
    await inTransaction(database, async (tx) => {
      await access.lock(tx, clusterId);
      const users = await accessUsers.takeExpired(tx, clusterId);
      if (users.length === 0) return;
      await endGrants(tx, clusterId, { users }, { actor: ACTOR, reason: 'the user’s time is over' });
      const revision = await access.bump(tx, clusterId);
      for (const name of users) {
        audit.append(tx, {
          ...{ clusterId, actor: ACTOR, action: 'access.user-expired', target: `access-user:${name}` },
          details: { revision },
        });
      }
    });
  }
}
