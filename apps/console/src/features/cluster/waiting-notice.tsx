'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { buttonStyle } from '../../components/ui/button.tsx';
import { Notice } from '../../components/ui/notice.tsx';
import { enrolmentsQuery } from '../../data/queries.ts';

/** Machines that an operator has to decide on. */
export function WaitingNotice({ cluster }: { cluster: string }) {
  const { data } = useQuery(enrolmentsQuery(cluster, 'waiting'));
  const waiting = data?.filter(({ waitReason }) => waitReason === 'approval') ?? [];
  if (waiting.length === 0) return null;
  return (
    <Notice
      kind="warn"
      title={
        waiting.length === 1 ? 'A machine waits for approval' : `${waiting.length} machines wait for approval`
      }
      action={
        <Link href={`/clusters/${cluster}/enrolments`} className={buttonStyle({ size: 'small' })}>
          Decide
        </Link>
      }
    />
  );
}
