'use client';

import type { Enrolment } from '@asterism/contracts';
import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { buttonStyle } from '../../components/ui/button.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { enrolmentsQuery } from '../../data/queries.ts';
import { recentRefusals } from './recent-refusals.ts';

/** Machines that an operator has to decide on, and those that were refused a short while ago. */
export function DecisionNotices({ cluster }: { cluster: string }) {
  const { data: waiting = [] } = useQuery(enrolmentsQuery(cluster, 'waiting'));
  const { data: refused = [], dataUpdatedAt } = useQuery(enrolmentsQuery(cluster, 'refused'));
  const undecided = waiting.filter(({ waitReason }) => waitReason === 'approval').length;
  const { count, reasons } = recentRefusals(refused as Enrolment[], dataUpdatedAt);
  const look = (word: string) => (
    <Link href={`/clusters/${cluster}/enrolments`} className={buttonStyle({ size: 'small' })}>
      {word}
    </Link>
  );
  return (
    <>
      {undecided > 0 && (
        <Notice
          kind="warn"
          title={undecided === 1 ? 'A machine waits for approval' : `${undecided} machines wait for approval`}
          action={look('Decide')}
        />
      )}
      {count > 0 && (
        <Notice
          kind="bad"
          title={`${count === 1 ? 'A machine was' : `${count} machines were`} refused within the last hour`}
          action={look('Look')}
        >
          {reasons}
        </Notice>
      )}
    </>
  );
}
