'use client';

import type { Enrolment } from '@asterism/api-client';
import type { AppraisalResult } from '@asterism/contracts';
import { useState } from 'react';
import { AppraisalDetails } from '../../components/domain/appraisal/appraisal-details.tsx';
import { EnrolmentStateBadge, OutcomeBadge } from '../../components/domain/states.tsx';
import { Button } from '../../components/ui/button.tsx';
import { Copyable } from '../../components/ui/copyable.tsx';
import { Facts } from '../../components/ui/facts.tsx';
import { RelativeTime } from '../../components/ui/relative-time.tsx';
import { ApproveDialog } from './approve-dialog.tsx';
import { DenyDialog } from './deny-dialog.tsx';

interface EnrolmentEntryProps {
  readonly cluster: string;
  readonly enrolment: Enrolment;
  readonly mayDecide: boolean;
}

const WAITS_FOR = {
  approval: 'for approval',
  initialisation: 'for the first node to create the cluster',
} as const;

/** One machine's request: who it is in full, what it proved, and the decision where one is due. */
export function EnrolmentEntry({ cluster, enrolment, mayDecide }: EnrolmentEntryProps) {
  const [deciding, setDeciding] = useState<'approve' | 'deny' | null>(null);
  const appraisal = enrolment.appraisal as AppraisalResult | null;
  const decidable = mayDecide && enrolment.state === 'waiting' && enrolment.waitReason === 'approval';
  return (
    <li data-enrolment={enrolment.id} className="border-b last:border-b-0">
      <div className="flex flex-wrap items-start justify-between gap-4 px-4 py-3">
        <div className="min-w-0">
          <div className="mb-1.5 flex flex-wrap items-center gap-2">
            <EnrolmentStateBadge state={enrolment.state} />
            <span className="font-medium">
              {enrolment.kind === null
                ? `asks for ${enrolment.poolName}`
                : `${enrolment.kind} · ${enrolment.poolName}`}
            </span>
            {enrolment.waitReason !== null && (
              <span className="text-muted">waits {WAITS_FOR[enrolment.waitReason]}</span>
            )}
            <span className="text-xs text-muted">
              <RelativeTime at={enrolment.createdAt} />
            </span>
          </div>
          <Facts facts={factsOf(enrolment)} />
        </div>
        {decidable && (
          <div className="flex gap-2">
            <Button variant="primary" onClick={() => setDeciding('approve')}>
              Approve
            </Button>
            <Button variant="danger" onClick={() => setDeciding('deny')}>
              Deny
            </Button>
          </div>
        )}
      </div>
      {appraisal !== null && (
        <details className="border-t bg-canvas/50" open={appraisal.outcome !== 'accepted'}>
          <summary className="px-4 py-2 text-muted hover:text-text">
            <span className="inline-flex items-center gap-2">
              Appraisal <OutcomeBadge outcome={appraisal.outcome} status={appraisal.status} />
            </span>
          </summary>
          <div className="border-t bg-panel">
            <AppraisalDetails result={appraisal} />
          </div>
        </details>
      )}
      <ApproveDialog
        open={deciding === 'approve'}
        onClose={() => setDeciding(null)}
        cluster={cluster}
        enrolment={enrolment}
      />
      <DenyDialog
        open={deciding === 'deny'}
        onClose={() => setDeciding(null)}
        cluster={cluster}
        enrolment={enrolment}
      />
    </li>
  );
}

function factsOf({ identity, decidedBy, decisionReason }: Enrolment) {
  return [
    { term: 'Machine identity', value: <Copyable value={identity} label="the machine’s identity" /> },
    ...(decidedBy === null
      ? []
      : [{ term: 'Decided by', value: <code className="font-mono text-xs">{decidedBy}</code> }]),
    ...(decisionReason === null || decisionReason === '' ? [] : [{ term: 'Reason', value: decisionReason }]),
  ];
}
