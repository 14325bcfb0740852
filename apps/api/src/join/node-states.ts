import type { NodeState } from '@asterism/contracts';
import { boots, nodes, type Transaction } from '@asterism/persistence';
import { changeNodeState } from '../attestation/appraisal-records.ts';

const STEPS = ['attesting', 'locked', 'disk-open', 'member'] as const satisfies readonly NodeState[];
type Step = (typeof STEPS)[number];

export interface NodeBoot {
  readonly clusterId: string;
  readonly nodeId: string;
  readonly boot: string;
}

/**
 * Brings a node's state to where its boot has come, along the drawn arrows (S35): forward after a report, and back from
 * `lost` when it is heard again. A quarantined or revoked node stays what it is.
 */
export async function followBoot(tx: Transaction, { clusterId, nodeId, boot }: NodeBoot): Promise<void> {
  const reached = await boots.find(tx.queries, clusterId, nodeId, boot);
  const node = await nodes.find(tx.queries, clusterId, nodeId);
  if (reached === undefined || node === undefined) return;
  const to: Step = reached.progress === 'granted' ? 'attesting' : reached.progress;
  const actor = `node:${nodeId}`;
  if (node.state === 'lost') {
    await changeNodeState(tx, clusterId, nodeId, { to, reason: null, actor, from: ['lost'] });
    return;
  }
  const at = (STEPS as readonly NodeState[]).indexOf(node.state);
  if (at < 0) return;
  for (const [step, state] of STEPS.slice(0, STEPS.indexOf(to)).entries()) {
    const next = STEPS[step + 1];
    if (step < at || next === undefined) continue;
    await changeNodeState(tx, clusterId, nodeId, { to: next, reason: null, actor, from: [state] });
  }
}
