import type { NodeAccessFault, NodeAccessReport } from '@asterism/contracts';
import { access, audit, events, inTransaction, nodeAccess, type Database } from '@asterism/persistence';
import { RefusalBudget } from '../attestation/refusal-budget.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireLocked, type MemberPeer } from '../node/peer.ts';

/** Of one node in ten minutes. */
const TAKEN = 300;
const WINDOW_S = 600;
const DRIFT_KEPT = 20;

/** `POST /agent/v1/access/report`: what a node says of its own enforcement. */
export class NodeAccessReports {
  readonly #database: Database;
  readonly #taken = new RefusalBudget(TAKEN);

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ProblemError `node-not-locked`, `rate-limited` */
  async take(peer: MemberPeer, report: NodeAccessReport): Promise<void> {
    requireLocked(peer);
    const { member, attested } = peer;
    const { clusterId } = attested.target;
    if (!this.#taken.spend(member.id, this.#database.clock())) {
      throw new ProblemError('rate-limited', 'this node has reported too much', { retryAfter: WINDOW_S });
    }
    await inTransaction(this.#database, async (tx) => {
      await access.ensure(tx, clusterId);
      const before = await nodeAccess.lockReport(tx, clusterId, member.id);
      const { revision } = report;
      const drift = [...report.drift, ...(before?.drift ?? [])].slice(0, DRIFT_KEPT);
      await nodeAccess.putReport(tx, clusterId, member.id, {
        revision,
        report: { ...report, drift: [] },
        drift,
      });
      const known = new Set(before?.report.faults.map(toKey));
      const faults = report.faults.filter((fault) => !known.has(toKey(fault)));
      const about = { clusterId, actor: `node:${member.id}`, target: `node:${member.id}` };
      if (faults.length > 0) {
        const details = { faults: faults.map(({ code, subject }) => ({ code, subject })) };
        audit.append(tx, { ...about, action: 'node-access.faulty', details });
      }
      if (report.drift.length > 0) {
        const details = { drift: report.drift.map(({ path, kind }) => ({ path, kind })) };
        audit.append(tx, { ...about, action: 'node-access.repaired', details });
      }
      events.append(tx, {
        ...{ type: 'access.node', clusterId },
        data: { nodeId: member.id, revision, faults: report.faults.length, drift: report.drift.length },
      });
    });
  }
}

function toKey({ code, subject }: NodeAccessFault): string {
  return `${code} ${subject}`;
}
