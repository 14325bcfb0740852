import { canonicalJson, type Json } from '@asterism/bytes';
import type {
  Appraisal as AppraisalRecord,
  AppraisalResult,
  Evidence,
  Finding,
  NodeState,
  PolicyDocument,
} from '@asterism/contracts';
import {
  appraisals,
  audit,
  boots,
  collateral,
  enrolments,
  events,
  evidence as evidenceOfMachines,
  inTransaction,
  nodes,
  type Database,
  type joins,
  type Transaction,
} from '@asterism/persistence';
import type { Metrics } from '../platform/metrics.ts';
import type { Verdict } from './appraise-evidence.ts';
import { RefusalBudget } from './refusal-budget.ts';

export interface RecordedAppraisal {
  readonly target: joins.JoinTarget;
  readonly identity: string;
  readonly verdict: Verdict;
  readonly policy: PolicyDocument;
  readonly policyVersion: number;
  readonly evidence: Evidence;
  readonly claims: Record<string, unknown>;
  /** Hexadecimal. */
  readonly binding: string;
  /** Of the evidence, or the connection where it tells none. */
  readonly boot: string;
  readonly trigger: AppraisalRecord['trigger'];
}

const REPEATED_REFUSAL_MS = 300_000;

/** Writes what came of an appraisal: the record, what follows for the node, its audit record and its events. */
export class AppraisalRecords {
  readonly #database: Database;
  readonly #metrics: Pick<Metrics, 'appraisals'>;
  readonly #refusals = new RefusalBudget();

  constructor(database: Database, metrics: Pick<Metrics, 'appraisals'>) {
    this.#database = database;
    this.#metrics = metrics;
  }

  /**
   * Of a node: a refusal quarantines it, whatever asked for the evidence. A lock that is seen ends the boot secrets of
   * that boot, reported or not (S20).
   * @returns the appraisal's id, and whether this quarantined the node
   */
  async ofNode(
    nodeId: string,
    recorded: RecordedAppraisal,
  ): Promise<{ readonly appraisalId: string; readonly quarantined: boolean }> {
    return inTransaction(this.#database, async (tx) => {
      const appraisalId = await this.appendOfNode(tx, nodeId, recorded);
      const { clusterId } = recorded.target;
      const { result, appraisal } = recorded.verdict;
      if (appraisal?.lock === 'locked') await boots.noteLock(tx, clusterId, nodeId, recorded.boot);
      const quarantined =
        result.outcome === 'refused' &&
        (await this.quarantine(tx, clusterId, nodeId, {
          reason: reasonOf(result),
          actor: 'system',
        }));
      return { appraisalId, quarantined };
    });
  }

  /** Appraisal, evidence, the node's pointers and the event; nothing is decided here. */
  async appendOfNode(tx: Transaction, nodeId: string, recorded: RecordedAppraisal): Promise<string> {
    const { target, identity, verdict, policy, policyVersion, trigger } = recorded;
    const { result } = verdict;
    this.#metrics.appraisals.inc({ trigger, outcome: result.outcome });
    const appraisalId = await appraisals.append(tx, target.clusterId, {
      poolId: target.poolId,
      nodeId,
      identity,
      trigger,
      policyVersion,
      result,
    });
    await evidenceOfMachines.store(tx, target.clusterId, recorded);
    await collateral.noteUsed(tx, target.clusterId, nodeId, verdict.used);
    await nodes.noteAppraisal(tx, target.clusterId, nodeId, {
      appraisalId,
      nextAppraisalAt: new Date(tx.now.getTime() + 1_000 * policy.reattestationInterval),
    });
    events.append(tx, {
      type: 'node.appraised',
      clusterId: target.clusterId,
      data: { nodeId, appraisalId, outcome: result.outcome, status: result.status, trigger },
    });
    return appraisalId;
  }

  /** S35: only along the arrows; a revoked node stays revoked, a quarantined one is not quarantined again. */
  async quarantine(
    tx: Transaction,
    clusterId: string,
    nodeId: string,
    { reason, actor }: { readonly reason: string; readonly actor: string },
  ): Promise<boolean> {
    return changeNodeState(tx, clusterId, nodeId, { to: 'quarantined', reason, actor });
  }

  /** Of a machine that is no node: kept once a pool and machine, not once a retry, and a bounded number. */
  async ofRefusedMachine(recorded: RecordedAppraisal): Promise<void> {
    const { target, identity, policyVersion, trigger, verdict } = recorded;
    this.#metrics.appraisals.inc({ trigger, outcome: verdict.result.outcome });
    const { clusterId, poolId } = target;
    const last = await enrolments.findRefusal(this.#database.queries, clusterId, poolId, identity);
    const { result } = verdict;
    const now = this.#database.clock();
    const since = new Date(now.getTime() - REPEATED_REFUSAL_MS);
    if (last !== undefined && last.updatedAt > since && isSame(last.findings, result.findings)) {
      return;
    }
    if (!this.#refusals.spend(poolId, now)) return;
    await inTransaction(this.#database, async (tx) => {
      const appraisalId = await appraisals.append(tx, clusterId, {
        poolId,
        nodeId: null,
        identity,
        trigger,
        policyVersion,
        result,
      });
      const enrolmentId = await enrolments.recordRefusal(tx, clusterId, { poolId, identity, appraisalId });
      audit.append(tx, {
        clusterId,
        actor: `machine:${identity}`,
        action: 'enrolment.refused',
        target: `enrolment:${enrolmentId}`,
        details: { pool: target.poolName, claims: result.findings.map((finding) => finding.claim) },
      });
      events.append(tx, {
        type: 'enrolment.refused',
        clusterId,
        data: { enrolmentId, poolId, identity, claims: result.findings.map((finding) => finding.claim) },
      });
    });
  }
}

/** `jsonb` gives members back in an order of its own. */
function isSame(kept: readonly Finding[], now: readonly Finding[]): boolean {
  return canonicalJson(kept as unknown as Json) === canonicalJson(now as unknown as Json);
}

/** Why a node is quarantined, in one line: the claims that differed. */
export function reasonOf({ findings }: AppraisalResult): string {
  return `appraisal refused: ${findings.map((finding) => finding.claim).join(', ')}`;
}

/** One arrow with its audit record and its event in one transaction (S30). @returns false where no arrow leads there */
export async function changeNodeState(
  tx: Transaction,
  clusterId: string,
  nodeId: string,
  change: {
    readonly to: NodeState;
    readonly reason: string | null;
    readonly actor: string;
    readonly from?: readonly NodeState[];
  },
): Promise<boolean> {
  const { to, reason, actor, from } = change;
  const changed = await nodes.changeState(tx, clusterId, nodeId, { to, reason, ...(from && { from }) });
  if (!changed) return false;
  audit.append(tx, { clusterId, actor, action: `node.${to}`, target: `node:${nodeId}`, details: { reason } });
  events.append(tx, { type: 'node.state', clusterId, data: { nodeId, state: to, reason } });
  return true;
}
