import { canonicalJson } from '@asterism/bytes';
import type { AccessDrift, NodeAccessFault, NodeAccessReport } from '@asterism/contracts';
import {
  access,
  audit,
  events,
  inTransaction,
  nodeAccess,
  type Database,
  type Transaction,
} from '@asterism/persistence';
import { RefusalBudget } from '../attestation/refusal-budget.ts';
import { ProblemError } from '../http/problem-error.ts';
import { requireLocked, type MemberPeer } from '../node/peer.ts';

/** Of one node in ten minutes: reports, and records of them in the audit trail, which is not one node's to fill. */
const TAKEN = 300;
const RECORDED = 20;
const WINDOW_S = 600;
const DRIFT_KEPT = 20;

/** `POST /agent/v1/access/report`: what a node says of its own enforcement. */
export class NodeAccessReports {
  readonly #database: Database;
  readonly #taken = new RefusalBudget(TAKEN);
  readonly #recorded = new RefusalBudget(RECORDED);

  constructor(database: Database) {
    this.#database = database;
  }

  /** @throws ProblemError `node-not-locked`, `rate-limited` */
  async take(peer: MemberPeer, { drift, ...report }: NodeAccessReport): Promise<void> {
    requireLocked(peer);
    const { id: nodeId } = peer.member;
    const { clusterId } = peer.attested.target;
    if (!this.#taken.spend(nodeId, this.#database.clock())) {
      throw new ProblemError('rate-limited', 'this node has reported too much', { retryAfter: WINDOW_S });
    }
    await inTransaction(this.#database, async (tx) => {
      await access.ensure(tx, clusterId);
      const before = await nodeAccess.lockReport(tx, clusterId, nodeId);
      const { revision, faults } = report;
      const repaired = drift.map((each) => ({ ...each, at: notAfter(each.at, tx.now) })).sort(newestFirst);
      await nodeAccess.putReport(tx, clusterId, nodeId, {
        ...{ revision, report: { ...report, drift: [] } },
        drift: [...repaired, ...(before?.drift ?? [])].slice(0, DRIFT_KEPT),
      });
      const isNews = before === undefined || !isSame(before.report, { ...report, drift: [] });
      if (!isNews && drift.length === 0) return;
      const known = new Set(before?.report.faults.map(toKey));
      this.#record(
        tx,
        { clusterId, nodeId },
        faults.filter((fault) => !known.has(toKey(fault))),
        repaired,
      );
      events.append(tx, {
        ...{ type: 'access.node', clusterId },
        data: { nodeId, revision, faults: faults.length, drift: drift.length },
      });
    });
  }

  #record(
    tx: Transaction,
    { clusterId, nodeId }: { readonly clusterId: string; readonly nodeId: string },
    faults: readonly NodeAccessFault[],
    drift: readonly AccessDrift[],
  ): void {
    const about = { clusterId, actor: `node:${nodeId}`, target: `node:${nodeId}` };
    if (faults.length > 0 && this.#recorded.spend(nodeId, tx.now)) {
      const details = { faults: faults.map(({ code, subject }) => ({ code, subject })) };
      audit.append(tx, { ...about, action: 'node-access.faulty', details });
    }
    if (drift.length > 0 && this.#recorded.spend(nodeId, tx.now)) {
      const details = { drift: drift.map(({ path, kind }) => ({ path, kind })) };
      audit.append(tx, { ...about, action: 'node-access.repaired', details });
    }
  }
}

function toKey({ code, subject }: NodeAccessFault): string {
  return `${code} ${subject}`;
}

function isSame(a: NodeAccessReport, b: NodeAccessReport): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** A node's clock is its own. */
function notAfter(at: string, now: Date): string {
  return Date.parse(at) > now.getTime() ? now.toISOString() : at;
}

function newestFirst(a: AccessDrift, b: AccessDrift): number {
  return Date.parse(b.at) - Date.parse(a.at);
}
