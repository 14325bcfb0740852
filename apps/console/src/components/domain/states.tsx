import type { AppraisalOutcome, Cluster, EnrolmentState, NodeState } from '@asterism/contracts';
import { Badge, type Tone } from '../ui/badge.tsx';

const NODE: Readonly<Record<NodeState, Tone>> = {
  attesting: 'info',
  locked: 'info',
  'disk-open': 'info',
  member: 'ok',
  lost: 'warn',
  quarantined: 'bad',
  revoked: 'neutral',
};

const NODE_TITLE: Readonly<Record<NodeState, string>> = {
  attesting: 'proves itself',
  locked: 'has its ticket; its machine is locked into the cluster until it reboots',
  'disk-open': 'its state disk is open',
  member: 'proved itself and serves',
  lost: 'does not answer: nothing is known about it, which is no refusal',
  quarantined: 'a wrong proof or an operator stopped its keys',
  revoked: 'shut out for good',
};

export function NodeStateBadge({ state }: { state: NodeState }) {
  return (
    <span title={NODE_TITLE[state]}>
      <Badge tone={NODE[state]}>{state}</Badge>
    </span>
  );
}

const OUTCOME: Readonly<Record<AppraisalOutcome, Tone>> = {
  accepted: 'ok',
  refused: 'bad',
  undecided: 'warn',
};

export function OutcomeBadge({ outcome, status }: { outcome: AppraisalOutcome; status?: string }) {
  // Accepted with a warning is not the same as accepted.
  const tone = outcome === 'accepted' && status === 'warning' ? 'warn' : OUTCOME[outcome];
  return <Badge tone={tone}>{status === 'warning' ? `${outcome}, warning` : outcome}</Badge>;
}

const ENROLMENT: Readonly<Record<EnrolmentState, Tone>> = {
  waiting: 'warn',
  granted: 'info',
  completed: 'ok',
  denied: 'neutral',
  refused: 'bad',
};

export function EnrolmentStateBadge({ state }: { state: EnrolmentState }) {
  return <Badge tone={ENROLMENT[state]}>{state}</Badge>;
}

const CLUSTER: Readonly<Record<Cluster['state'], Tone>> = {
  created: 'neutral',
  initialising: 'info',
  ready: 'ok',
};

export function ClusterStateBadge({ state }: { state: Cluster['state'] }) {
  return <Badge tone={CLUSTER[state]}>{state}</Badge>;
}
