import { audit, events, type Transaction } from '@asterism/persistence';

/** A session that was opened or has closed, of which node, and who says so. */
export interface SessionRecord {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly actor: string;
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly account: string;
  readonly user: string | null;
  readonly emergency: boolean;
  /** Besides, for the audit trail. */
  readonly details: Parameters<typeof audit.append>[1]['details'];
}

/** It is in the audit trail, and goes to whoever follows. An emergency has an action of its own. */
export function recordSession(tx: Transaction, record: SessionRecord): void {
  const { clusterId, nodeId, actor, id, state, account, user, emergency, details } = record;
  const action = `ssh-session.${state === 'open' ? 'opened' : 'closed'}${emergency ? '-in-emergency' : ''}`;
  audit.append(tx, {
    ...{ clusterId, actor, action, target: `ssh-session:${id}` },
    details: { ...details, nodeId, account, user },
  });
  const data = { sessionId: id, nodeId, state, account, user, emergency };
  events.append(tx, { type: 'access.session', clusterId, data });
}
