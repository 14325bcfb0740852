import type { SshSessionEvent } from '@asterism/contracts';
import {
  access,
  inTransaction,
  sshAuthorities,
  sshSessions,
  type Database,
  type Transaction,
} from '@asterism/persistence';
import { RefusalBudget } from '../attestation/refusal-budget.ts';
import { ProblemError } from '../http/problem-error.ts';
import { placesOf } from '../node-access/places.ts';
import { requireLocked, type MemberPeer } from '../node/peer.ts';
import type { Logger } from '../platform/logger.ts';
import { attributeSession, type OpenedSession } from './attribute-session.ts';
import { recordSession } from './record-session.ts';

type ClosedSession = Extract<SshSessionEvent, { kind: 'closed' }>;

interface From {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly places: readonly string[];
}

/** Events of one node in ten minutes: the audit trail belongs to the cluster, and is not one node's to fill. */
const TAKEN = 2_000;
const WINDOW_S = 600;
/** A node's clock is its own: what it says of a time is kept within these. */
const OLDEST_MS = 30 * 86_400_000;

/** `POST /agent/v1/access/sessions`: who logged in to a node, and out. */
export class SessionReports {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #taken = new RefusalBudget(TAKEN);

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  /** @throws ProblemError `node-not-locked`, `rate-limited` */
  async take(peer: MemberPeer, reported: readonly SshSessionEvent[]): Promise<void> {
    requireLocked(peer);
    const { member, attested } = peer;
    const { clusterId, poolName } = attested.target;
    if (!this.#taken.spend(member.id, this.#database.clock(), reported.length)) {
      throw new ProblemError('rate-limited', 'this node has reported too much', { retryAfter: WINDOW_S });
    }
    const from = { clusterId, nodeId: member.id, places: placesOf(poolName, member.name) };
    const emergencies = await inTransaction(this.#database, async (tx) => {
      await access.ensure(tx, clusterId);
      const authorities = await sshAuthorities.list(tx.queries, clusterId);
      const loud: string[] = [];
      for (const event of reported) {
        if (event.kind === 'closed') await close(tx, from, event);
        else if (await open(tx, from, event, authorities)) loud.push(event.session);
      }
      return loud;
    });
    for (const session of emergencies) {
      this.#logger.warn(
        { session, node: member.name, clusterId },
        'somebody is in by an emergency certificate',
      );
    }
  }
}

/** @returns whether it is a new one in an emergency */
async function open(
  tx: Transaction,
  from: From,
  event: OpenedSession,
  authorities: readonly sshAuthorities.AuthorityRecord[],
): Promise<boolean> {
  const { clusterId, nodeId } = from;
  const { session: id, account, method, source, sourcePort, certificate } = event;
  const openedAt = within(event.at, tx.now);
  const { user, grantId, emergency, doubt } = await attributeSession(tx.queries, {
    ...{ clusterId, places: from.places, authorities, account, certificate, at: openedAt },
  });
  const { keyId = null, serial = null, fingerprint = null, authority = null } = certificate ?? {};
  const opened = await sshSessions.open(tx, clusterId, {
    ...{ id, nodeId, account, method, userName: user, grantId, serial, keyId, fingerprint, emergency },
    ...{ source, openedAt },
  });
  if (!opened) return false;
  recordSession(tx, {
    ...{ clusterId, nodeId, actor: `node:${nodeId}`, id, state: 'open', account, user, emergency },
    details: {
      ...{ method, grantId, serial, keyId, fingerprint, authority },
      ...{ source, sourcePort, at: event.at, doubt },
    },
  });
  return emergency;
}

async function close(tx: Transaction, { clusterId, nodeId }: From, event: ClosedSession): Promise<void> {
  const { session: id, reason } = event;
  const closed = await sshSessions.close(tx, clusterId, { id, nodeId, reason, at: within(event.at, tx.now) });
  if (closed === undefined) return;
  const { account, user, emergency } = closed;
  recordSession(tx, {
    ...{ clusterId, nodeId, actor: `node:${nodeId}`, id, state: 'closed', account, user, emergency },
    details: { reason, at: event.at },
  });
}

function within(at: string, now: Date): Date {
  const time = Date.parse(at);
  return time > now.getTime() || time < now.getTime() - OLDEST_MS ? now : new Date(time);
}
