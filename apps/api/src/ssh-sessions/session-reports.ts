import type { SshSessionEvent } from '@asterism/contracts';
import {
  access,
  audit,
  events,
  inTransaction,
  sshSessions,
  type Database,
  type Transaction,
} from '@asterism/persistence';
import { RefusalBudget } from '../attestation/refusal-budget.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireLocked, type MemberPeer } from '../node/peer.ts';
import { attributeSession, type OpenedSession } from './attribute-session.ts';

type ClosedSession = Extract<SshSessionEvent, { kind: 'closed' }>;

interface From {
  readonly clusterId: string;
  readonly nodeId: string;
}

/** Batches of one node in ten minutes, each of two hundred events at most. */
const TAKEN = 300;
const WINDOW_S = 600;
/** A node's clock is its own: what it says of a time is kept within these. */
const OLDEST_MS = 30 * 86_400_000;

/** `POST /agent/v1/access/sessions`: who logged in to a node, and out. */
export class SessionReports {
  readonly #database: Database;
  readonly #taken = new RefusalBudget(TAKEN);

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ProblemError `node-not-locked`, `rate-limited` */
  async take(peer: MemberPeer, reported: readonly SshSessionEvent[]): Promise<void> {
    requireLocked(peer);
    const { member, attested } = peer;
    if (!this.#taken.spend(member.id, this.#database.clock())) {
      throw new ProblemError('rate-limited', 'this node has reported too much', { retryAfter: WINDOW_S });
    }
    const from = { clusterId: attested.target.clusterId, nodeId: member.id };
    await inTransaction(this.#database, async (tx) => {
      await access.ensure(tx, from.clusterId);
      for (const event of reported) {
        await (event.kind === 'opened' ? open(tx, from, event) : close(tx, from, event));
      }
    });
  }
}

async function open(tx: Transaction, { clusterId, nodeId }: From, event: OpenedSession): Promise<void> {
  const { session: id, account, method, source, certificate } = event;
  const { user, grantId, emergency, doubt } = await attributeSession(tx.queries, clusterId, event);
  const { keyId = null, serial = null, fingerprint = null } = certificate ?? {};
  const opened = await sshSessions.open(tx, clusterId, {
    ...{
      id,
      nodeId,
      account,
      method,
      userName: user,
      grantId,
      serial,
      keyId,
      fingerprint,
      emergency,
      source,
    },
    openedAt: within(event.at, tx.now),
  });
  if (!opened) return;
  audit.append(tx, {
    ...{ clusterId, actor: `node:${nodeId}`, target: `ssh-session:${id}` },
    action: emergency ? 'ssh-session.opened-in-emergency' : 'ssh-session.opened',
    details: { account, method, user, grantId, serial, keyId, fingerprint, source, at: event.at, doubt },
  });
  tell(tx, { clusterId, nodeId }, id, { state: 'open', account, user, emergency });
}

async function close(tx: Transaction, from: From, event: ClosedSession): Promise<void> {
  const { clusterId, nodeId } = from;
  const { session: id, reason } = event;
  const closed = await sshSessions.close(tx, clusterId, { id, nodeId, reason, at: within(event.at, tx.now) });
  if (closed === undefined) return;
  const { account, user, emergency } = closed;
  audit.append(tx, {
    ...{ clusterId, actor: `node:${nodeId}`, target: `ssh-session:${id}`, action: 'ssh-session.closed' },
    details: { account, user, reason, at: event.at },
  });
  tell(tx, from, id, { state: 'closed', account, user, emergency });
}

function tell(
  tx: Transaction,
  { clusterId, nodeId }: From,
  sessionId: string,
  what: { state: 'open' | 'closed'; account: string; user: string | null; emergency: boolean },
): void {
  events.append(tx, { type: 'access.session', clusterId, data: { sessionId, nodeId, ...what } });
}

function within(at: string, now: Date): Date {
  const time = Date.parse(at);
  return time > now.getTime() || time < now.getTime() - OLDEST_MS ? now : new Date(time);
}
